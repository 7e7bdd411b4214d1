package desk

import (
	"log/slog"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/bot/slacksim"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
)

// The people of the demo. Each does something, so that each role can be tried.
const (
	townTeam     = "T0PARTNER1"
	townLiLei    = "U0LILEI001" // staff, Chinese
	townAlice    = "U0ALICE001" // staff, English
	townWang     = "U0WANG0001" // approver
	townLin      = "U0LIN00001" // lead, the second who can approve
	townEmma     = "U0EMMA0001" // lead too, English
	townZhao     = "U0ZHAO0001" // support and knowledge editor
	townAdmin    = "U0ADMIN001" // administrator
	townChen     = "U0CHEN0001" // ecosystem manager, of Huawei's own workspace
	townNoor     = "U0NOOR0001" // her colleague there, English
	townNewcomer = "U0GUEST001" // a guest nobody listed
	townHuawei   = "T0HUAWEI01"
	townApprover = "S0APPROVER"
	townTriage   = "C0TRIAGE01"
	townShare    = "C0SHARED01" // with Huawei's workspace
)

// What the simulated workspace accepts; no secrets, because nothing real opens
// with them.
const (
	TownBotToken      = "xoxb-demo"
	TownAppToken      = "xapp-demo"
	townSigningSecret = "demo-signing-secret"
)

// Town makes the demo's workspace: a small partner company and the people
// around it.
func Town(c Config, catalog *lang.Catalog, transport string, urls slacksim.RequestURLs, log *slog.Logger, now func() time.Time) (*slacksim.Workspace, error) {
	rules, err := access.New(access.Options{Kind: c.OperatorKind, Team: townTeam})
	if err != nil {
		return nil, err
	}
	var commands []slacksim.SlashCommand
	var menu []slacksim.Shortcut
	for _, cmd := range handlers.Commands(&handlers.Deps{Catalog: catalog, Access: rules}) {
		if !rules.Offers(cmd.Area) {
			continue
		}
		key := "command." + cmd.Name
		commands = append(commands, slacksim.SlashCommand{
			Name: "/" + cmd.Name, DescriptionZH: catalog.Text(lang.Chinese, key+".summary"), DescriptionEN: catalog.Text(lang.English, key+".summary"),
			UsageHint: catalog.Text(lang.Chinese, key+".usage"), ShouldEscape: cmd.Names,
		})
		for _, s := range shortcuts(catalog, []bot.Command{cmd}) {
			menu = append(menu, slacksim.Shortcut{Name: s["name"].(string), CallbackID: s["callback_id"].(string), OnMessage: s["type"] == "message"})
		}
	}
	const botUser = "U0PDESK001"
	everybody := []string{townLiLei, townAlice, townWang, townLin, townEmma, townZhao, townAdmin, botUser}
	users, channels := resellerTown(c.OperatorKind, everybody)
	return slacksim.New(slacksim.Options{
		Team: slacksim.Team{ID: townTeam, Name: "星河云科技 Xinghe Cloud", Domain: "xinghe"},
		App: slacksim.App{
			ID: "A0PDESK001", Name: "partnerdesk", BotID: "B0PDESK001", BotUserID: botUser, BotName: "partnerdesk",
			BotToken: TownBotToken, AppToken: TownAppToken, SigningSecret: townSigningSecret, Transport: transport, RequestURLs: urls, Commands: commands, Shortcuts: menu, Scopes: Scopes(),
		},
		Users: append([]slacksim.User{
			{ID: townLiLei, Name: "lilei", RealName: "李雷", Title: "伙伴员工 · 销售", Locale: "zh-CN"},
			{ID: townAlice, Name: "alice", RealName: "Alice Zhang", Title: "Partner staff, sales", Locale: "en-US"},
			{ID: townWang, Name: "wang", RealName: "王经理", Title: "审批人", Locale: "zh-CN"},
			{ID: townLin, Name: "lin", RealName: "林燕", Title: "运营负责人", Locale: "zh-CN"},
			{ID: townEmma, Name: "emma", RealName: "Emma Clark", Title: "Lead, operations", Locale: "en-US"},
			{ID: townZhao, Name: "zhao", RealName: "赵小敏", Title: "支持 · 知识编辑", Locale: "zh-CN"},
			{ID: townAdmin, Name: "ops", RealName: "孙工", Title: "管理员", Locale: "zh-CN"},
			{ID: townChen, Name: "chen", RealName: "陈生态", Title: "生态经理（华为云）", Locale: "zh-CN", TeamID: townHuawei},
			{ID: townNoor, Name: "noor", RealName: "Noor Haddad", Title: "Ecosystem manager (Huawei Cloud)", Locale: "en-US", TeamID: townHuawei},
			{ID: townNewcomer, Name: "newcomer", RealName: "Guest Wu", Title: "访客，还没有开通", Locale: "zh-CN", Guest: true},
		}, users...),
		Groups: []slacksim.Group{{ID: townApprover, Handle: "approvers", Name: "审批人", Users: []string{townWang}}},
		Channels: append([]slacksim.Channel{
			{ID: "C0SALES001", Name: "华为云销售", Topic: "客户、代金券、机会点，都在这里聊", Members: everybody},
			{ID: townShare, Name: "ext-华为云生态", Topic: "和华为云生态经理的共享频道", Shared: true, Members: append([]string{townChen, townNoor}, everybody...)},
			{ID: townTriage, Name: "支持-工单", Topic: "新工单在这里认领", Members: []string{townZhao, townAdmin, botUser}},
			{ID: "C0RANDOM01", Name: "random", Topic: "", Members: append([]string{townNewcomer}, everybody...)},
		}, channels...),
		Logger: log, Now: now, RateLimit: true,
	})
}

// townPeople are the demo's grants, as a configuration file would hold them.
func townPeople() []access.Grant {
	return []access.Grant{
		{Who: access.Everybody, Roles: []bot.Role{bot.RoleStaff}},
		{Who: townApprover, Roles: []bot.Role{bot.RoleApprover}},
		{Who: townLin, Roles: []bot.Role{bot.RoleLead}},
		{Who: townEmma, Roles: []bot.Role{bot.RoleLead}},
		{Who: townZhao, Roles: []bot.Role{bot.RoleTriager, bot.RoleEditor}},
		{Who: townAdmin, Roles: []bot.Role{bot.RoleAdmin}},
		{Who: townChen, Team: townHuawei, Roles: []bot.Role{bot.RoleManager}, Employer: access.EmployerHuawei},
		{Who: townNoor, Team: townHuawei, Roles: []bot.Role{bot.RoleManager}, Employer: access.EmployerHuawei, Language: "en"},
	}
}
