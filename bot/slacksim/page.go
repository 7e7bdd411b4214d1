package slacksim

import "net/http"

func (w *Workspace) pageMux() http.Handler {
	mux := http.NewServeMux()
	return mux
}
