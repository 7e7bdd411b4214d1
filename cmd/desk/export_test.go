package desk

// CanaryPerson is in whose direct message the canary of a configuration lives.
func CanaryPerson(c Config) string { return c.canaryPerson() }
