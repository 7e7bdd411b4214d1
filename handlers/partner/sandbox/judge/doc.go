// Package judge lets the official Go SDK of Huawei Cloud judge the sandbox: what
// the SDK can do with the real partner center it must be able to do here. It is
// a module of its own, so that the product does not depend on the SDK.
package judge
