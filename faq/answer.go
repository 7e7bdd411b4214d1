package faq

// Verdict is how a question came out.
type Verdict string

// The verdicts.
const (
	Sure  Verdict = "sure"  // one answer
	Maybe Verdict = "maybe" // up to three choices
	None  Verdict = "none"  // nothing in the corpus answers it
)

// Question is what a person asked.
type Question struct {
	Text     string
	Lang     Lang      // language of the answer; empty means the question's own
	Profile  Profile   // who asks; the zero value is unknown
	Previous *Previous // the turn before in the same thread, or nil
}

// Previous is the turn before in the same thread.
type Previous struct {
	Text  string // the question as it was understood (Answer.Asked)
	Entry string // id of the entry that answered, may be empty
}

// Answer is what the desk makes of a question.
type Answer struct {
	Verdict    Verdict
	Confidence float64  // 0..1, estimated probability that Entry (or the first choice) is right
	Entry      *Entry   // the answer when sure, else nil
	Rev        string   // revision of Entry
	Choices    []Choice // at most 3, best first, when maybe
	Gap        *Entry   // the honest unknown that matches, when none
	Near       []*Entry // nearest entries to show when none, at most 3
	Lang       Lang     // language to answer in
	Asked      string   // the question as understood, with the previous turn's context filled in
	Rule       Rule     // what decided the verdict
	Audience   Fit      // whether Entry is for the person who asks
	Forks      []*Entry // the cases of the other roles, when the profile is unknown and they differ
}

// Choice is an entry the person may have meant.
type Choice struct {
	Entry      *Entry
	Confidence float64
}

// Rule names what decided a verdict.
type Rule string

// The rules, in the order in which they are tried.
const (
	RuleEmpty       Rule = "empty"        // nothing to look for in the text
	RuleChat        Rule = "chat"         // a greeting, thanks or an acknowledgement and nothing else
	RuleCommand     Rule = "command-like" // the text tells the desk to do something instead of asking
	RuleNoCandidate Rule = "no-candidate" // no entry shares a telling word
	RuleGap         Rule = "gap"          // an honest unknown matches best
	RuleFriend      Rule = "false-friend" // a word with several meanings and nothing to tell which
	RuleRole        Rule = "role"         // the answer depends on who asks, and nothing tells
	RuleVeto        Rule = "veto"         // number, code, negation, role or decisive word differs
	RuleConfident   Rule = "confident"    // confidence reaches the threshold of sure
	RuleDoubtful    Rule = "doubtful"     // confidence lies between the thresholds
	RuleUnlikely    Rule = "unlikely"     // confidence is below the threshold of maybe
)
