// Package mail is the e-mail door: it renders a reply as text and HTML and sends
// it by SMTP, always over TLS. Calendar files, which travel by it, are written
// here too.
package mail
