package slacksim

import "time"

func usersInfo(c *call) (obj, error) {
	u := c.users[c.str("user")]
	if u.ID == "" {
		return nil, refuse("user_not_found")
	}
	return obj{"user": c.userJSON(u, c.is("include_locale"))}, nil
}

// userJSON is a person as users.info and users.list show them. The caller holds mu.
func (w *Workspace) userJSON(u User, locale bool) obj {
	external := u.TeamID != w.opt.Team.ID
	zone, offset, label := u.TZ, 0, u.TZ
	if loc, err := time.LoadLocation(u.TZ); err == nil {
		label, offset = w.now().In(loc).Zone()
	}
	o := obj{
		"id": u.ID, "team_id": u.TeamID, "name": u.Name, "real_name": u.RealName, "deleted": u.Deleted,
		"tz": zone, "tz_label": label, "tz_offset": offset,
		"is_bot": u.Bot && u.ID != slackbot, "is_app_user": false, "is_admin": false, "is_owner": false,
		"is_primary_owner": false, "is_restricted": u.Guest, "is_ultra_restricted": false, "is_email_confirmed": true,
		"is_stranger": external, "updated": 0,
		"profile": obj{"real_name": u.RealName, "display_name": u.RealName, "title": u.Title, "email": u.Email,
			"team": u.TeamID, "real_name_normalized": u.RealName, "display_name_normalized": u.RealName},
	}
	if locale && !external {
		o["locale"] = u.Locale
	}
	return o
}
