package desk

import (
	"partnerdesk/bot"
	"partnerdesk/bot/slacksim"
	"partnerdesk/handlers/access"
)

// The people of a distributor's two resellers: one is a guest of the
// distributor's workspace, the other has a workspace of its own and meets the
// distributor in a shared channel.
const (
	townHe      = "U0HEJING01" // staff of the first reseller, Chinese
	townPriya   = "U0PRIYA001" // staff of the second reseller, English
	townDianchi = "T0DIANCHI1"
	townHuiyun  = "C0HUIYUN01" // the first reseller's channel
	townShared  = "C0DIANCHI1" // the channel shared with the second reseller's workspace
)

// resellerTown is what a distributor's workspace has besides.
func resellerTown(kind access.OperatorKind, everybody []string) (users []slacksim.User, channels []slacksim.Channel) {
	if kind != access.Distributor {
		return nil, nil
	}
	with := func(who string) []string { return append([]string{who}, everybody...) }
	return []slacksim.User{
			{ID: townHe, Name: "hejing", RealName: "何静", Title: "云经销商徽云 · 销售（访客）", Locale: "zh-CN", Guest: true},
			{ID: townPriya, Name: "priya", RealName: "Priya Nair", Title: "Reseller Dianchi, sales", Locale: "en-US", TeamID: townDianchi},
		}, []slacksim.Channel{
			{ID: townHuiyun, Name: "云经销商-徽云", Topic: "和徽云一起卖", Members: with(townHe)},
			{ID: townShared, Name: "ext-滇池", Topic: "和云经销商滇池的共享频道", Shared: true, Members: with(townPriya)},
		}
}

// resellerPeople are their grants. ids are the resellers' at the partner center.
func resellerPeople(ids []string) []access.Grant {
	if len(ids) < 2 {
		return nil
	}
	return []access.Grant{
		{Who: townHe, Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:" + ids[0]},
		{Who: townPriya, Team: townDianchi, Roles: []bot.Role{bot.RoleStaff}, Employer: "reseller:" + ids[1], Channel: townShared, Language: "en"},
	}
}
