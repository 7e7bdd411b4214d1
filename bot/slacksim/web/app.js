// The little script of the page: it fetches the parts again whenever the world changes and tells the simulator what
// somebody did. It builds no markup from data; the server does.
"use strict";
(() => {
  const body = document.body;
  if (!body.dataset.who) return;
  const commands = JSON.parse(body.dataset.commands || "null") || [];
  const names = JSON.parse(body.dataset.names || "null") || [];
  const words = JSON.parse(body.dataset.words || "{}");
  const $ = (sel, root = document) => root.querySelector(sel);
  const $$ = (sel, root = document) => [...root.querySelectorAll(sel)];
  const here = () => new URL(location.href).searchParams;

  // ---- drawing ----
  let version = 0, busy = false, again = false;
  const drawn = {};

  async function draw() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const q = here();
      q.set("who", body.dataset.who);
      const r = await fetch("/page/parts?" + q);
      if (!r.ok) throw new Error(r.status);
      const parts = await r.json();
      version = parts.version;
      for (const id of ["sidebar", "header", "main", "thread"]) put(id, parts[id]);
      putModal(parts.modal);
      document.title = parts.title;
      $("#app").classList.toggle("threaded", parts.thread.trim() !== "");
    } catch { /* live() says when the simulator is gone */ }
    busy = false;
    if (again) { again = false; draw(); }
  }

  function put(id, html) {
    const box = $("#" + id);
    if (drawn[id] === html) return;
    const first = drawn[id] === undefined;
    drawn[id] = html;
    const list = $("[data-stick]", box);
    const atEnd = !list || list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    const top = list ? list.scrollTop : 0;
    const open = $$("details[open]", box).map((d) => $$("details", box).indexOf(d));
    const form = $("form.composer", box);
    const sameForm = form && { at: form.dataset.at, thread: form.dataset.thread };
    if (first && list && list.children.length > 1) { stick(box); return; }
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const newForm = $("form.composer", fresh.content);
    const keep = sameForm && newForm && newForm.dataset.at === sameForm.at && newForm.dataset.thread === sameForm.thread;
    if (keep && id !== "sidebar") {
      // the composer stays as it is, with what is being typed and the caret in it
      for (const part of $$(":scope > :not(form.composer)", box)) part.remove();
      if (newForm) newForm.remove();
      box.prepend(fresh.content);
    } else {
      box.replaceChildren(fresh.content);
    }
    const all = $$("details", box);
    if (id !== "main") open.forEach((i) => all[i] && (all[i].open = true));
    const now = $("[data-stick]", box);
    if (now) now.scrollTop = atEnd ? now.scrollHeight : top;
  }

  function stick(root) {
    for (const l of $$("[data-stick]", root)) l.scrollTop = l.scrollHeight;
    if (location.hash) $(location.hash)?.scrollIntoView();
  }

  function putModal(html) {
    const box = $("#modal");
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const was = $("form.modal", box), now = $("form.modal", fresh.content);
    if (was && now && was.dataset.key === now.dataset.key) return;
    const typed = was && now && was.dataset.view === now.dataset.view ? gather(was) : {};
    box.replaceChildren(fresh.content);
    if (!now) return;
    for (const f of $$("[data-field]", box)) {
      const b = f.closest("[data-block]").dataset.block, v = typed[b]?.[f.dataset.action];
      if (v && "value" in f && f.tagName !== "DIV" && !f.multiple) f.value = v;
    }
    for (const x of $$(".external", box)) chips(x);
    const faulty = $(".bad [data-field]", box) || $("[data-field]", box);
    if (faulty) (faulty.matches("input,select,textarea") ? faulty : $("input", faulty))?.focus();
  }

  function live() {
    const es = new EventSource("/page/live");
    es.onmessage = (e) => { if (Number(e.data) !== version) draw(); };
    es.onerror = () => toast(words.offline);
  }

  function toast(text) {
    const t = $("#toast");
    t.textContent = text;
    t.hidden = false;
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => { t.hidden = true; }, 3500);
  }

  // ---- doing ----
  async function act(g) {
    const r = await fetch("/page/act", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ who: body.dataset.who, at: $("form.composer")?.dataset.at || here().get("at") || "", ...g }) })
      .catch(() => null);
    if (!r) { toast(words.offline); return null; }
    const a = await r.json();
    if (!a.ok) toast(words.gone);
    return a.ok ? a : null;
  }

  // where an element stands: in a view or in a message
  function place(el) {
    const view = el.closest("[data-view]");
    const block = el.closest("[data-block]")?.dataset.block || "";
    if (view) return { view: view.dataset.view, block };
    return { ts: el.closest("[data-ts]")?.dataset.ts || "", block };
  }

  function valueOf(f) {
    if (f.classList.contains("choices")) return $$("input:checked", f).map((i) => i.value).join("\n");
    const s = f.classList.contains("external") ? $("select", f) : f;
    if (s.multiple) return [...s.selectedOptions].map((o) => o.value).join("\n");
    if (s.type === "datetime-local") return s.value ? String(Math.floor(new Date(s.value).getTime() / 1000)) : "";
    return s.value;
  }

  function gather(form) {
    const out = {};
    for (const f of $$("[data-field]", form)) {
      const b = f.closest("[data-block]").dataset.block;
      (out[b] ||= {})[f.dataset.action] = valueOf(f);
    }
    return out;
  }

  function confirmed(json) {
    if (!json) return Promise.resolve(true);
    const c = JSON.parse(json), d = document.createElement("dialog");
    const h = document.createElement("h1"), p = document.createElement("p"), row = document.createElement("div");
    h.textContent = c.title; p.textContent = c.text;
    const no = document.createElement("button"), yes = document.createElement("button");
    no.className = "btn"; no.textContent = c.no; yes.className = "btn " + (c.style || "primary"); yes.textContent = c.ok;
    row.append(no, yes); d.append(h, p, row); body.append(d);
    return new Promise((done) => {
      const end = (v) => { d.close(); d.remove(); done(v); };
      no.onclick = () => end(false); yes.onclick = () => end(true); d.oncancel = () => end(false);
      d.showModal();
    });
  }

  async function use(el, value) {
    if (!(await confirmed(el.dataset.confirm))) return;
    el.classList.add("busy");
    await act({ do: "use", action: el.dataset.action, value, ...place(el) });
    el.classList.remove("busy");
    el.closest("details")?.removeAttribute("open");
  }

  document.addEventListener("click", async (e) => {
    const u = e.target.closest("[data-use]");
    if (u) { if (u.tagName !== "A") e.preventDefault(); use(u, u.dataset.value || ""); return; }
    if (e.target.closest("[data-close]")) { e.preventDefault(); act({ do: "close" }); return; }
    const open = e.target.closest("[data-open]");
    if (open) act({ do: "open", value: open.dataset.open });
    const d = e.target.closest("[data-do]");
    if (d) {
      const a = await act({ do: d.dataset.do, value: d.dataset.value, ts: d.closest("[data-ts]")?.dataset.ts || "" });
      d.closest("details")?.removeAttribute("open");
      if (a && d.dataset.do === "direct") go("/?who=" + body.dataset.who + "&at=" + a.result);
      return;
    }
    const ins = e.target.closest("[data-insert]");
    if (ins) {
      const t = $("textarea", ins.form);
      t.value = ins.dataset.insert === "/" ? "/" : t.value + "@";
      t.focus(); t.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    const link = e.target.closest("a");
    if (link && link.origin === location.origin && link.pathname === "/" && new URL(link.href).searchParams.get("who") === body.dataset.who && !e.metaKey && !e.ctrlKey) {
      e.preventDefault();
      go(link.href);
    }
    for (const det of $$("details[open]")) if (!det.contains(e.target)) det.open = false;
  });

  function go(href) {
    history.pushState(null, "", href);
    delete drawn.main; drawn.main = "";
    draw().then(() => { stick(document); $("#thread textarea, #main textarea")?.focus(); });
  }
  addEventListener("popstate", () => draw());

  document.addEventListener("change", async (e) => {
    if (e.target.matches("[data-upload]")) {
      const file = e.target.files[0], field = $("[data-field]", e.target.parentElement);
      field.value = "";
      if (!file) return;
      const bytes = new Uint8Array(await file.arrayBuffer());
      let raw = "";
      for (const b of bytes) raw += String.fromCharCode(b);
      const done = await act({ do: "upload", text: file.name, value: btoa(raw) });
      if (done) field.value = done.result;
      return;
    }
    const f = e.target.closest("[data-field]");
    if (!f || f.dataset.live !== "true" || f.classList.contains("external")) return;
    use(f, valueOf(f));
  });

  document.addEventListener("submit", async (e) => {
    e.preventDefault();
    const form = e.target;
    if (form.classList.contains("modal")) {
      const go = $(".go", form);
      go.classList.add("busy");
      await act({ do: "submit", view: form.dataset.view, values: gather(form) });
      go.classList.remove("busy");
      return;
    }
    const t = $("textarea", form), text = t.value;
    if (!text.trim()) return;
    t.value = ""; size(t); hide(form);
    const done = await act({ do: "say", text, at: form.dataset.at, thread: form.dataset.thread, also: $("[name=also]", form)?.checked || false });
    if (!done && !t.value) t.value = text;
    const list = form.parentElement.querySelector("[data-stick]");
    if (list) list.scrollTop = list.scrollHeight;
  });

  // ---- typing ----
  function size(t) { t.style.height = "auto"; t.style.height = Math.min(t.scrollHeight, 200) + "px"; }
  function hide(form) { const s = $(".suggest", form); if (s) s.hidden = true; }

  function offers(t) {
    const before = t.value.slice(0, t.selectionStart);
    const cmd = /^\/(\S*)$/.exec(before);
    if (cmd && !t.form.dataset.thread) return commands.filter((c) => c.name.startsWith("/" + cmd[1])).map((c) => ({ ...c, put: c.name + " ", cut: before.length }));
    const at = /(?:^|\s)@(\S*)$/.exec(before);
    if (at) {
      const q = at[1].toLowerCase();
      return names.filter((n) => n.name.toLowerCase().startsWith(q) || n.text.toLowerCase().includes(q)).slice(0, 8)
        .map((n) => ({ name: n.text, hint: "@" + n.name, text: n.hint, put: "@" + n.name + " ", cut: at[1].length + 1 }));
    }
    return [];
  }

  function suggest(t) {
    const box = $(".suggest", t.form), list = offers(t);
    box.replaceChildren(...list.map((o, i) => {
      const b = document.createElement("button"), n = document.createElement("b"), h = document.createElement("span"), d = document.createElement("span");
      b.type = "button"; b.className = i === 0 ? "on" : "";
      n.textContent = o.name; h.textContent = o.hint; d.textContent = o.text; h.className = "hintw"; d.className = "descw";
      b.append(n, h, d);
      b.onclick = (e) => { e.stopPropagation(); take(t, o); };
      b.onmousemove = () => mark(box, b);
      return b;
    }));
    box.hidden = list.length === 0;
    box.offers = list;
  }

  function mark(box, b) { $$(".on", box).forEach((x) => x.classList.remove("on")); b.classList.add("on"); b.scrollIntoView({ block: "nearest" }); }

  function take(t, o) {
    const end = t.selectionStart, start = end - o.cut;
    t.value = t.value.slice(0, start) + o.put + t.value.slice(end);
    t.selectionStart = t.selectionEnd = start + o.put.length;
    hide(t.form); t.focus();
  }

  document.addEventListener("input", (e) => {
    const t = e.target;
    if (t.matches(".composer textarea")) { size(t); suggest(t); }
    if (t.matches("[data-suggest]")) { clearTimeout(t.timer); t.timer = setTimeout(() => ask(t, t.value), 150); }
  });

  // ---- external selects: what is typed is asked of the app ----
  let asked = 0;
  async function ask(t, pattern) {
    const box = t.closest(".external"), list = $(".offers", box);
    if (pattern.length < Number(box.dataset.least)) { list.hidden = true; return; }
    const mine = ++asked;
    const a = await act({ do: "suggest", action: t.dataset.suggest, pattern, ...place(t) });
    if (mine !== asked || !t.isConnected) return; // a later keystroke has been answered
    const got = a?.result || { options: [], failed: true };
    const chosen = [...$("select", box).selectedOptions].map((o) => o.value);
    const rows = [];
    let group = "";
    for (const o of got.options) {
      if (o.group && o.group !== group) {
        const h = document.createElement("div");
        h.className = "group"; h.textContent = group = o.group;
        rows.push(h);
      }
      const b = document.createElement("button");
      b.type = "button"; b.textContent = o.text; b.setAttribute("role", "option");
      if (chosen.includes(o.value)) b.className = "has";
      b.onclick = (e) => { e.stopPropagation(); choose(box, o); };
      rows.push(b);
    }
    if (!rows.length) {
      const none = document.createElement("div");
      none.className = "none"; none.textContent = got.failed ? words.offers_failed : words.no_offers;
      rows.push(none);
    }
    list.replaceChildren(...rows);
    $("button", list)?.classList.add("on");
    list.hidden = false;
    t.setAttribute("aria-expanded", "true");
  }

  function choose(box, o) {
    const sel = $("select", box), t = $("input", box);
    if (!sel.multiple) {
      sel.replaceChildren(new Option(o.text, o.value, true, true));
      t.value = o.text;
    } else {
      const was = [...sel.options].find((x) => x.value === o.value);
      if (was) was.remove(); else sel.append(new Option(o.text, o.value, true, true));
      t.value = ""; t.focus();
      chips(box);
    }
    fold(box);
    if (box.dataset.live === "true") use(box, valueOf(box));
  }

  function chips(box) {
    const sel = $("select", box);
    if (!sel.multiple) return;
    $(".picked", box).replaceChildren(...[...sel.options].map((o) => {
      const c = document.createElement("span"), x = document.createElement("button");
      c.textContent = o.text; c.className = "one";
      x.type = "button"; x.textContent = "✕"; x.title = words.remove;
      x.onclick = (e) => { e.stopPropagation(); o.remove(); chips(box); if (box.dataset.live === "true") use(box, valueOf(box)); };
      c.append(x);
      return c;
    }));
  }

  function fold(box) {
    $(".offers", box).hidden = true;
    const t = $("input", box);
    t.setAttribute("aria-expanded", "false");
    const sel = $("select", box);
    if (!sel.multiple) t.value = sel.selectedOptions[0]?.text || ""; // what was typed and not chosen is nothing
  }

  document.addEventListener("focusin", (e) => {
    if (e.target.matches("[data-suggest]")) { e.target.select(); ask(e.target, ""); }
    for (const box of $$(".external")) if (!box.contains(e.target)) fold(box);
  });
  document.addEventListener("mousedown", (e) => { for (const box of $$(".external")) if (!box.contains(e.target)) fold(box); });

  document.addEventListener("keydown", (e) => {
    const t = e.target;
    if (t.matches?.("[data-suggest]") && !e.isComposing) {
      const box = t.closest(".external"), list = $(".offers", box), all = $$("button", list), i = all.findIndex((b) => b.classList.contains("on"));
      if (e.key === "Backspace" && !t.value) { $$(".one button", box).at(-1)?.click(); return; }
      if (!list.hidden && (e.key === "ArrowDown" || e.key === "ArrowUp") && all.length) { e.preventDefault(); mark(list, all[(i + (e.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]); return; }
      if (e.key === "Enter") { e.preventDefault(); if (!list.hidden && i >= 0) all[i].click(); return; }
      if (e.key === "Escape" && !list.hidden) { e.stopPropagation(); fold(box); return; }
    }
    if (e.key === "Escape" && $("form.modal") && !$("dialog[open]")) { act({ do: "close" }); return; }
    if (!t.matches?.(".composer textarea") || e.isComposing) return;
    const box = $(".suggest", t.form);
    if (!box.hidden) {
      const all = $$("button", box), i = all.findIndex((b) => b.classList.contains("on"));
      if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); mark(box, all[(i + (e.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]); return; }
      if (e.key === "Tab" || e.key === "Enter" && t.value.trim() !== box.offers[i].put.trim()) { e.preventDefault(); take(t, box.offers[i]); return; }
      if (e.key === "Escape") { box.hidden = true; return; }
    }
    if (e.key === "Enter" && !e.shiftKey) { e.preventDefault(); t.form.requestSubmit(); }
  });

  stick(document);
  if (here().get("tab") === "home") act({ do: "open", value: "home" });
  live();
  draw();
})();
