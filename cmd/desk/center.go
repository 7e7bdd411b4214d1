package desk

import (
	"crypto/sha256"
	"encoding/hex"
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

// PartnerCenter is the way to the partner center, nil without keys. It makes no
// call. Names come in English or in Chinese where the center offers both.
func (c Config) PartnerCenter(english bool, now func() time.Time) (*rest.Client, error) {
	if c.Partner.AK == "" || c.Partner.SK == "" {
		return nil, nil
	}
	return c.partnerCenter(english, now, c.Partner.readKeys(), c.Partner.moneyKeys())
}

func (c Config) partnerCenter(english bool, now func() time.Time, read, money []aksk.Key) (*rest.Client, error) {
	client, err := rest.New(rest.Options{
		Endpoint: c.Partner.Endpoint, CaseEndpoint: c.Partner.TicketEndpoint, Keys: read, Money: money,
		DomainID: c.Partner.DomainID, Kind: partner.Kind(c.OperatorKind), English: english, Proxy: http.ProxyFromEnvironment, Now: now,
	})
	if err != nil {
		return nil, fmt.Errorf("partner center: %w", err)
	}
	return client, nil
}

// readKeys are the keys for everything but value: the new one first, the old
// one while it is being replaced.
func (p PartnerConfig) readKeys() []aksk.Key {
	keys := []aksk.Key{{AK: string(p.AK), SK: aksk.Secret(p.SK)}}
	if p.AKOld != "" && p.SKOld != "" {
		keys = append(keys, aksk.Key{AK: string(p.AKOld), SK: aksk.Secret(p.SKOld)})
	}
	return keys
}

// moneyKeys are the keys for calls that move value; without any, such calls are
// refused before they are sent.
func (p PartnerConfig) moneyKeys() []aksk.Key {
	if p.MoneyAK == "" || p.MoneySK == "" {
		return nil
	}
	return []aksk.Key{{AK: string(p.MoneyAK), SK: aksk.Secret(p.MoneySK)}}
}

// account is what an operation says of whose keys it was made with: the account
// id, or a fingerprint of the access key where nobody configured that.
func (p PartnerConfig) account() string {
	if p.DomainID != "" {
		return p.DomainID
	}
	sum := sha256.Sum256([]byte(p.MoneyAK))
	return "ak-" + hex.EncodeToString(sum[:6])
}

// center is what the commands see of the partner center. An operator without
// rights there still has cases. Without keys both are nil and the commands say
// so.
func (c Config) center(now func() time.Time) (handlers.Center, handlers.CaseCenter, error) {
	client, err := c.PartnerCenter(false, now)
	if client == nil || err != nil {
		return nil, nil, err
	}
	if c.OperatorKind != access.SolutionProvider && c.OperatorKind != access.Distributor {
		return nil, client, nil
	}
	return client, client, nil
}

// keyPair is one credential as the settings hold it.
type keyPair struct {
	name   string // of the access key's setting, without "partner."
	ak, sk Secret
}

// pairs lists the credentials, whole or not.
func (p PartnerConfig) pairs() []keyPair {
	return []keyPair{{"ak", p.AK, p.SK}, {"ak_old", p.AKOld, p.SKOld}, {"money_ak", p.MoneyAK, p.MoneySK}}
}
