package desk

import (
	"fmt"
	"net/http"
	"time"

	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
)

// databaseName is the store in the data directory.
const databaseName = "desk.db"

// ErrStore: the data directory cannot be used.
var ErrStore = fmt.Errorf("data directory")

// cases is the part of the partner center that tickets use; nil without one.
func cases(center handlers.Center) handlers.CaseCenter {
	c, _ := center.(handlers.CaseCenter)
	return c
}

// center connects to the partner center. Without keys, or for an operator
// without rights there, it is nil and the commands say so.
func (c Config) center(now func() time.Time) (handlers.Center, error) {
	if c.Partner.AK == "" || c.Partner.SK == "" || (c.OperatorKind != access.SolutionProvider && c.OperatorKind != access.Distributor) {
		return nil, nil
	}
	client, err := rest.New(rest.Options{
		Endpoint: c.Partner.Endpoint, CaseEndpoint: c.Partner.TicketEndpoint,
		AK: string(c.Partner.AK), SK: aksk.Secret(c.Partner.SK), DomainID: c.Partner.DomainID, Kind: partner.Kind(c.OperatorKind),
		Proxy: http.ProxyFromEnvironment, Now: now,
	})
	if err != nil {
		return nil, fmt.Errorf("partner center: %w", err)
	}
	return client, nil
}
