package rest

import (
	"context"
	"net/http"
	"strings"

	"partnerdesk/handlers/partner"
)

var (
	_ partner.CaseCatalogue = (*Client)(nil)
	_ partner.CaseRights    = (*Client)(nil)
)

const casePrefix = "/v2/servicerequest"

// care makes a call to the case host, in the language of the options.
func (c *Client) care(op, method, path string, in, out any) call {
	k := call{op: op, method: method, path: casePrefix + path, body: in, out: out}
	if c.opt.English {
		k.query.head("X-Language", "en-us")
	}
	return k
}

// CaseCategories implements [partner.CaseCatalogue].
func (c *Client) CaseCategories(ctx context.Context) ([]partner.CaseCategory, error) {
	var out struct {
		List []struct {
			ID       text `json:"incident_sub_type_id"`
			Name     text `json:"incident_sub_type_name"`
			Products []struct {
				ID   text `json:"incident_product_category_id"`
				Name text `json:"incident_product_category_name"`
				Desc text `json:"incident_product_category_desc"`
			} `json:"incident_product_category_list"`
		} `json:"incident_sub_type_list"`
	}
	if err := c.do(ctx, c.care("case-categories", http.MethodGet, "/config/categories", nil, &out)); err != nil {
		return nil, err
	}
	var all []partner.CaseCategory
	for _, w := range out.List {
		k := partner.CaseCategory{ID: string(w.ID), Name: string(w.Name)}
		for _, p := range w.Products {
			k.Products = append(k.Products, partner.CaseProduct{ID: string(p.ID), Name: string(p.Name), Description: string(p.Desc)})
		}
		all = append(all, k)
	}
	return all, nil
}

// CaseProblems implements [partner.CaseCatalogue].
func (c *Client) CaseProblems(ctx context.Context, productID string) ([]partner.CaseProblem, error) {
	var out struct {
		List []struct {
			ID   text `json:"business_type_id"`
			Name text `json:"business_type_name"`
			Type text `json:"case_type"`
		} `json:"incident_business_type_list"`
	}
	k := c.care("case-problems", http.MethodGet, "/config/problems", nil, &out)
	k.query.set("product_category_id", productID)
	if err := c.do(ctx, k); err != nil {
		return nil, err
	}
	var all []partner.CaseProblem
	for _, w := range out.List {
		all = append(all, partner.CaseProblem{ID: string(w.ID), Name: string(w.Name), Type: string(w.Type)})
	}
	return all, nil
}

// CaseSeverities implements [partner.CaseCatalogue].
func (c *Client) CaseSeverities(ctx context.Context, productID, problemID string) (partner.CaseSeverities, error) {
	const op = "case-severities"
	if err := errFirst(field(op, productID), needed(op, problemID, 512)); err != nil {
		return partner.CaseSeverities{}, err
	}
	var out struct {
		Show flag `json:"show"`
		List []struct {
			ID   text `json:"severity_id"`
			Name text `json:"severity_name"`
		} `json:"severity_list"`
	}
	k := c.care(op, http.MethodGet, "/config/severities", nil, &out)
	k.query.set("product_category_id", productID)
	k.query.set("business_type_id", problemID)
	if err := c.do(ctx, k); err != nil {
		return partner.CaseSeverities{}, err
	}
	s := partner.CaseSeverities{Show: bool(out.Show)}
	for _, w := range out.List {
		s.List = append(s.List, partner.Named{ID: string(w.ID), Name: string(w.Name)})
	}
	return s, nil
}

// CaseRegions implements [partner.CaseCatalogue].
func (c *Client) CaseRegions(ctx context.Context) ([]partner.Named, error) {
	var out struct {
		List []struct {
			ID   text `json:"region_id"`
			Name text `json:"region_name"`
		} `json:"data_center_list"`
	}
	if err := c.do(ctx, c.care("case-regions", http.MethodGet, "/config/regions", nil, &out)); err != nil {
		return nil, err
	}
	var all []partner.Named
	for _, w := range out.List {
		all = append(all, partner.Named{ID: string(w.ID), Name: string(w.Name)})
	}
	return all, nil
}

// CaseExtras implements [partner.CaseCatalogue].
func (c *Client) CaseExtras(ctx context.Context, problemID, categoryID, productID string) ([]partner.CaseExtra, error) {
	const op = "case-extras"
	if err := needed(op, problemID, 512); err != nil {
		return nil, err
	}
	var out struct {
		Params []struct {
			Key       text   `json:"param_key"`
			Name      text   `json:"param_name"`
			Type      number `json:"param_type"`
			Desc      text   `json:"param_desc"`
			Tips      text   `json:"tips"`
			Required  flag   `json:"required"`
			Length    number `json:"length"`
			Default   text   `json:"default_value"`
			Choices   text   `json:"select_item"`
			Show      flag   `json:"is_show"`
			Sensitive flag   `json:"is_sensitive"`
		} `json:"extends_params"`
		Common []struct {
			Key      text `json:"param_key"`
			Name     text `json:"param_name"`
			Show     flag `json:"is_show"`
			Required flag `json:"is_required"`
		} `json:"common_params"`
	}
	k := c.care(op, http.MethodGet, "/config/extends-map", nil, &out)
	k.query.set("business_type_id", problemID)
	k.query.set("incident_sub_type_id", categoryID)
	k.query.set("product_category_id", productID)
	if err := c.do(ctx, k); err != nil {
		return nil, err
	}
	var all []partner.CaseExtra
	for _, w := range out.Params {
		all = append(all, partner.CaseExtra{
			Key: string(w.Key), Name: string(w.Name), Type: w.Type.n, Description: string(w.Desc), Tips: string(w.Tips), Required: bool(w.Required),
			Length: max(w.Length.n, 0), Default: string(w.Default), Choices: string(w.Choices), Shown: bool(w.Show), Sensitive: bool(w.Sensitive),
		})
	}
	for _, w := range out.Common {
		all = append(all, partner.CaseExtra{Key: string(w.Key), Name: string(w.Name), Shown: bool(w.Show), Required: bool(w.Required)})
	}
	return all, nil
}

// CaseQuota implements [partner.CaseCatalogue].
func (c *Client) CaseQuota(ctx context.Context, problemID, productID string) (partner.CaseQuota, error) {
	const op = "case-quota"
	if err := needed(op, problemID, 512); err != nil {
		return partner.CaseQuota{}, err
	}
	var out struct {
		Total  number `json:"total"`
		Unused number `json:"un_used"`
	}
	k := c.care(op, http.MethodGet, "/quotas", nil, &out)
	k.query.set("business_type_id", problemID)
	k.query.set("product_category_id", productID)
	err := c.do(ctx, k)
	return partner.CaseQuota{Total: out.Total.n, Unused: out.Unused.n}, err
}

// MaxCopies returns how many mail addresses a case may be copied to.
func (c *Client) MaxCopies(ctx context.Context) (int, error) {
	var out struct {
		Config struct {
			Copies number `json:"create_case_ccemail_max_count"`
		} `json:"config"`
	}
	err := c.do(ctx, c.care("case-limits", http.MethodGet, "/config/limits", nil, &out))
	return out.Config.Copies.n, err
}

// AttachmentLimits implements [partner.CaseCatalogue].
func (c *Client) AttachmentLimits(ctx context.Context) (partner.AttachmentLimits, error) {
	var out struct {
		Limit struct {
			Count number `json:"limit_count"`
			MB    number `json:"limit_size"`
			Types text   `json:"limit_file_type"`
		} `json:"accessory_limit"`
	}
	if err := c.do(ctx, c.care("attachment-limits", http.MethodGet, "/accessorys/limits", nil, &out)); err != nil {
		return partner.AttachmentLimits{}, err
	}
	types := strings.FieldsFunc(strings.ToLower(string(out.Limit.Types)), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	})
	return partner.AttachmentLimits{Count: out.Limit.Count.n, Bytes: int64(out.Limit.MB.n) << 20, Types: types}, nil
}

// CaseAgreement implements [partner.CaseRights].
func (c *Client) CaseAgreement(ctx context.Context) (bool, error) {
	var out struct {
		Signed flag `json:"is_signed_latest"`
	}
	k := c.care("case-agreement", http.MethodGet, "/agreements/signed-latest", nil, &out)
	k.query.set("agreement_type", "0")
	err := c.do(ctx, k)
	return bool(out.Signed), err
}

// MayCreateCases implements [partner.CaseRights].
func (c *Client) MayCreateCases(ctx context.Context) (bool, error) {
	var out struct {
		Has flag `json:"has_privilege"`
	}
	k := c.care("case-privilege", http.MethodGet, "/privileges", nil, &out)
	k.query.set("privilege", "createCase")
	err := c.do(ctx, k)
	return bool(out.Has), err
}

// MayProcessCustomerCases implements [partner.CaseRights].
func (c *Client) MayProcessCustomerCases(ctx context.Context) (bool, error) {
	var out struct {
		Has flag `json:"has_privilege"`
	}
	err := c.do(ctx, c.care("partner-privilege", http.MethodGet, "/cases/partners/privilege/cases-processing", nil, &out))
	return bool(out.Has), err
}
