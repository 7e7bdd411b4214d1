// Package mail is the e-mail door and what travels by it: calendar files.
package mail
