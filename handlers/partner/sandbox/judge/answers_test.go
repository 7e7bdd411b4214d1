package judge_test

import (
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/bss/v2/model"
	cases "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/osm/v2/model"
)

// The SDK reads every other answer of the sandbox, types and all.
func TestAnswers(t *testing.T) {
	d := newDesk(t)
	acme := d.customer(t, "acme", "")
	month := time.Now().UTC().AddDate(0, 0, -20).Format("2006-01")

	statement, err := d.bss.ListPartnerAccountChangeRecords(&model.ListPartnerAccountChangeRecordsRequest{BalanceType: "BALANCE_TYPE_DEBIT"})
	if must(t, statement, err); *statement.TotalCount == 0 || (*statement.Records)[0].CustomerId == nil {
		t.Errorf("statement = %+v", statement)
	}
	spent, err := d.bss.ListConsumeSubCustomers(&model.ListConsumeSubCustomersRequest{Body: &model.ListConsumeSubCustomersReq{BillCycle: month}})
	if must(t, spent, err); *spent.TotalCount == 0 {
		t.Errorf("consumers = %+v", spent)
	}
	bills, err := d.bss.ListSubCustomerBillDetail(&model.ListSubCustomerBillDetailRequest{BillCycle: month, CustomerId: acme})
	if must(t, bills, err); *bills.TotalCount == 0 || (*bills.FeeRecords)[0].PaymentAmount.IsZero() {
		t.Errorf("consumption = %+v", bills)
	}
	sums, err := d.bss.ListSubcustomerMonthlyBills(&model.ListSubcustomerMonthlyBillsRequest{Cycle: month, ChargeMode: "3"})
	if must(t, sums, err); *sums.Count == 0 || (*(*sums.BillSums)[0].AccountDetails)[0].Amount.IsZero() {
		t.Errorf("monthly = %+v", sums)
	}
	types, err := d.bss.ListResourceTypes(&model.ListResourceTypesRequest{XLanguage: ptr("en_US")})
	if must(t, types, err); *(*types.ResourceTypes)[0].ResourceTypeName != "Cloud server" {
		t.Errorf("types = %+v", types)
	}
	subs, err := d.bss.ListPayPerUseCustomerResources(&model.ListPayPerUseCustomerResourcesRequest{Body: &model.QueryResourcesReq{CustomerId: &acme}})
	if must(t, subs, err); *subs.TotalCount == 0 || (*subs.Data)[0].ExpirePolicy == nil {
		t.Errorf("subscriptions = %+v", subs)
	}
	name, err := d.bss.ShowRealnameAuthenticationReviewResult(&model.ShowRealnameAuthenticationReviewResultRequest{CustomerId: acme})
	if must(t, name, err); *name.ReviewResult != 2 {
		t.Errorf("real name = %+v", name)
	}

	cats, err := d.osm.ListCaseCategories(&cases.ListCaseCategoriesRequest{})
	if must(t, cats, err); *cats.TotalCount != 2 {
		t.Errorf("categories = %+v", cats)
	}
	problems, err := d.osm.ListProblemTypes(&cases.ListProblemTypesRequest{})
	if must(t, problems, err); *problems.TotalCount == 0 {
		t.Errorf("problems = %+v", problems)
	}
	severities, err := d.osm.ListSeverities(&cases.ListSeveritiesRequest{ProductCategoryId: "p1ecs00000000000000000000000ecs1", BusinessTypeId: "t1loginfault0000000000000000flt1"})
	if must(t, severities, err); !*severities.Show {
		t.Errorf("severities = %+v", severities)
	}
	regions, err := d.osm.ListRegions(&cases.ListRegionsRequest{})
	if must(t, regions, err); *regions.TotalCount == 0 {
		t.Errorf("regions = %+v", regions)
	}
	extras, err := d.osm.ListExtendsParams(&cases.ListExtendsParamsRequest{BusinessTypeId: "t1loginfault0000000000000000flt1"})
	if must(t, extras, err); len(*extras.ExtendsParams) != 1 {
		t.Errorf("extras = %+v", extras)
	}
	quota, err := d.osm.ListCaseQuotas(&cases.ListCaseQuotasRequest{BusinessTypeId: "t1loginfault0000000000000000flt1"})
	if must(t, quota, err); *quota.Total != 50 {
		t.Errorf("quota = %+v", quota)
	}
	limits, err := d.osm.ListCaseLimits(&cases.ListCaseLimitsRequest{})
	if must(t, limits, err); limits.Config == nil {
		t.Errorf("limits = %+v", limits)
	}
	files, err := d.osm.ShowAccessoryLimits(&cases.ShowAccessoryLimitsRequest{})
	if must(t, files, err); *files.AccessoryLimit.LimitCount != "5" {
		t.Errorf("attachment limits = %+v", files)
	}
	signed, err := d.osm.ShowSignedLatestPublishedAgreement(&cases.ShowSignedLatestPublishedAgreementRequest{
		AgreementType: ptr(cases.GetShowSignedLatestPublishedAgreementRequestAgreementTypeEnum().E_0),
	})
	if must(t, signed, err); !*signed.IsSignedLatest {
		t.Errorf("agreement = %+v", signed)
	}
	rights, err := d.osm.ListPrivileges(&cases.ListPrivilegesRequest{Privilege: cases.GetListPrivilegesRequestPrivilegeEnum().CREATE_CASE})
	if must(t, rights, err); *rights.HasPrivilege != 1 {
		t.Errorf("privileges = %+v", rights)
	}
	partner, err := d.osm.ShowPartnersCasesPrivilege(&cases.ShowPartnersCasesPrivilegeRequest{})
	if must(t, partner, err); !*partner.HasPrivilege {
		t.Errorf("partner privilege = %+v", partner)
	}
	file, err := d.osm.UploadJsonAccessories(&cases.UploadJsonAccessoriesRequest{Body: &cases.AccessoryJsonFormatReq{
		AccessoryName: "a.txt", AccessoryFrom: cases.GetAccessoryJsonFormatReqAccessoryFromEnum().INCIDENT, AccessoryData: "eA==",
	}})
	if must(t, file, err); file.AccessoryId == nil {
		t.Errorf("attachment = %+v", file)
	}
}
