package judge_test

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	bss "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/bss/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/bss/v2/model"
	osm "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/osm/v2"
	cases "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/osm/v2/model"
	"github.com/shopspring/decimal"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
)

// sent is a request as it counts: what is the same for the center is the same here.
type sent struct {
	Line  string
	Query string
	Body  string
}

// wire is a server that only writes down what it is asked.
type wire struct {
	t    *testing.T
	last sent
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	w.last = sent{Line: r.Method + " " + r.URL.Path, Query: r.URL.Query().Encode()}
	if len(raw) > 0 {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			w.t.Errorf("body %s: %v", raw, err)
		}
		b, err := json.Marshal(plain(v))
		if err != nil {
			w.t.Error(err)
		}
		w.last.Body = string(b)
	}
	io.WriteString(rw, `{"transfer_id":"t","trans_id":"t","incident_id":"t","accessory_id":"t","status":1,"incident_detail_info":{"incident_id":"t"}}`)
}

// plain writes amounts without trailing zeros: "12.30" and "12.3" are one.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = plain(x)
		}
	case []any:
		for i, x := range v {
			v[i] = plain(x)
		}
	case string:
		if d, err := decimal.NewFromString(v); err == nil && strings.Contains(v, ".") {
			return d.String()
		}
	}
	return v
}

func drain[T any](seq iter.Seq2[T, error]) {
	for _, err := range seq {
		if err != nil {
			return
		}
	}
}

var (
	from = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	to   = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
)

const (
	fromText = "2026-11-01T00:00:00Z"
	toText   = "2026-11-20T04:00:00Z"
)

// Every request of our client is the request that the official SDK makes.
func TestWire_SameAsTheSDK(t *testing.T) {
	w := &wire{t: t}
	srv := httptest.NewServer(w)
	defer srv.Close()
	key, err := global.NewCredentialsBuilder().WithAk("AK").WithSk("SK").WithDomainId("d").SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	build := func(b *core.HcHttpClientBuilder) *core.HcHttpClient {
		c, err := b.WithEndpoint(srv.URL).WithCredential(key).SafeBuild()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	b, o := bss.NewBssClient(build(bss.BssClientBuilder())), osm.NewOsmClient(build(osm.OsmClientBuilder()))
	c, err := rest.New(rest.Options{
		Endpoint: srv.URL, CaseEndpoint: srv.URL, AK: "AK", SK: "SK", Money: []aksk.Key{{AK: "AK", SK: "SK"}}, Attempts: 1,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := t.Context()
	zero, hundred := ptr(int32(0)), ptr(int32(100))
	var covered []string
	compare := func(op string, official func() error, ours func()) {
		t.Run(op, func(t *testing.T) {
			covered = append(covered, op)
			official() // whatever the SDK makes of the answer
			want := w.last
			w.last = sent{}
			ours()
			if w.last != want {
				t.Errorf("ours   %+v\nthe SDK %+v", w.last, want)
			}
		})
	}
	err1 := func(_ any, err error) error { return err }

	compare("balance", func() error {
		return err1(b.ListPartnerBalances(&model.ListPartnerBalancesRequest{IndirectPartnerId: ptr("r")}))
	},
		func() { c.Balance(ctx, "r") })
	compare("customer-balances", func() error {
		return err1(b.ListCustomersBalancesDetail(&model.ListCustomersBalancesDetailRequest{Body: &model.QueryCustomersBalancesReq{
			CustomerInfos: []model.CustomerInfoV2{{CustomerId: "a"}, {CustomerId: "b"}}, IndirectPartnerId: ptr("r")}}))
	}, func() { c.CustomerBalances(ctx, "r", []string{"a", "b"}) })
	compare("reseller-grant", func() error {
		return err1(b.UpdateIndirectPartnerAccount(&model.UpdateIndirectPartnerAccountRequest{Body: &model.AdjustToIndirectPartnerReq{IndirectPartnerId: "r", Amount: yuan("12.3")}}))
	}, func() { c.GrantReseller(ctx, "r", 1230) })
	compare("reseller-reclaim", func() error {
		return err1(b.ReclaimIndirectPartnerAccount(&model.ReclaimIndirectPartnerAccountRequest{Body: &model.ReclaimIndirectPartnerAccountReq{IndirectPartnerId: "r", Amount: yuan("0.05")}}))
	}, func() { c.ReclaimReseller(ctx, "r", 5) })
	compare("customer-grant", func() error {
		return err1(b.UpdateCustomerAccountAmount(&model.UpdateCustomerAccountAmountRequest{Body: &model.AdjustAccountReq{CustomerId: "a", Amount: yuan("1.01"), IndirectPartnerId: ptr("r")}}))
	}, func() { c.GrantCustomer(ctx, "r", "a", 101) })
	compare("customer-reclaim", func() error {
		return err1(b.ReclaimToPartnerAccount(&model.ReclaimToPartnerAccountRequest{Body: &model.ReclaimToPartnerAccountBalancesReq{CustomerId: "a", Amount: yuan("1.01")}}))
	}, func() { c.ReclaimCustomer(ctx, "", "a", 101) })
	compare("adjustments", func() error {
		return err1(b.ListPartnerAdjustRecords(&model.ListPartnerAdjustRecordsRequest{CustomerId: ptr("a"), OperationType: ptr("SOURCE_OPERATION_BEADJUST"),
			OperationTimeBegin: ptr(fromText), OperationTimeEnd: ptr(toText), TransId: ptr("x"), Offset: zero, Limit: hundred, IndirectPartnerId: ptr("r")}))
	}, func() {
		drain(c.Adjustments(ctx, "r", partner.AdjustmentQuery{CustomerID: "a", Kind: partner.Granted, From: from, To: to, TransID: "x"}))
	})
	compare("statement", func() error {
		return err1(b.ListPartnerAccountChangeRecords(&model.ListPartnerAccountChangeRecordsRequest{BalanceType: "BALANCE_TYPE_DEBIT", TradeType: ptr("BEADJUST"),
			TradeTimeBegin: ptr("2026-11-01"), TradeTimeEnd: ptr("2026-11-20"), Offset: zero, Limit: hundred, IndirectPartnerId: ptr("r")}))
	}, func() {
		drain(c.Statement(ctx, "r", partner.StatementQuery{Side: partner.CashSide, Trade: "BEADJUST", From: from, To: to}))
	})
	compare("coupon-issue", func() error {
		return err1(b.CreatePartnerCoupons(&model.CreatePartnerCouponsRequest{Body: &model.CreatePartnerCouponsReq{QuotaId: "q", CustomerIds: []string{"a"}, FaceValue: yuan("10.5"),
			ValidTime: ptr(fromText), ExpireTime: ptr(toText), CloudServiceTypes: &[]string{"s"}, ProductIds: &[]string{"p"}, Memo: ptr("PD-1 <&>"), IndirectPartnerId: ptr("r")}}))
	}, func() {
		c.Issue(ctx, "r", partner.Issue{QuotaID: "q", CustomerIDs: []string{"a"}, FaceValue: 1050, From: from, To: to, Services: []string{"s"}, Products: []string{"p"}, Memo: "PD-1 <&>"})
	})
	compare("quotas", func() error {
		return err1(b.ListQuotaCoupons(&model.ListQuotaCouponsRequest{Body: &model.QueryCouponQuotasReqExt{QuotaIds: &[]string{"q"}, QuotaStatusList: &[]int32{0, 5}, QuotaType: ptr(int32(1)),
			ExpireTimeBegin: ptr(fromText), ExpireTimeEnd: ptr(toText), Offset: zero, Limit: hundred, IndirectPartnerId: ptr("r")}}))
	}, func() {
		drain(c.Quotas(ctx, "r", partner.QuotaQuery{IDs: []string{"q"}, Status: []partner.QuotaStatus{0, 5}, Type: partner.FlexiQuota, ExpireFrom: from, ExpireTo: to}))
	})
	compare("coupons", func() error {
		return err1(b.ListIssuedPartnerCoupons(&model.ListIssuedPartnerCouponsRequest{CouponId: ptr("x"), CustomerId: ptr("a"), OrderId: ptr("o"), CouponType: ptr(int32(4)), Status: ptr(int32(2)),
			CreateTimeBegin: ptr(fromText), CreateTimeEnd: ptr(toText), ExpireTimeBegin: ptr(fromText), ExpireTimeEnd: ptr(toText), Offset: zero, Limit: hundred, IndirectPartnerId: ptr("r")}))
	}, func() {
		drain(c.Coupons(ctx, "r", partner.CouponQuery{ID: "x", CustomerID: "a", OrderID: "o", Type: partner.Flexi, Status: partner.CouponUsable, CreatedFrom: from, CreatedTo: to, ExpireFrom: from, ExpireTo: to}))
	})
	compare("coupon-reclaim", func() error {
		return err1(b.ReclaimPartnerCoupons(&model.ReclaimPartnerCouponsRequest{Body: &model.ReclaimPartnerCouponsReq{CouponId: "x", IndirectPartnerId: ptr("r")}}))
	}, func() { c.ReclaimCoupon(ctx, "r", "x") })
	compare("coupon-log", func() error {
		return err1(b.ListPartnerCouponsRecord(&model.ListPartnerCouponsRecordRequest{OperationTypes: &[]string{"1", "2"}, QuotaId: ptr("q"), CouponIds: &[]string{"x", "y"}, CustomerId: ptr("a"),
			OperationTimeBegin: ptr(fromText), OperationTimeEnd: ptr(toText), Offset: zero, Limit: hundred, IndirectPartnerId: ptr("r")}))
	}, func() {
		drain(c.CouponLog(ctx, "r", partner.CouponLogQuery{Operations: []partner.CouponOperation{1, 2}, QuotaID: "q", CouponIDs: []string{"x", "y"}, CustomerID: "a", From: from, To: to}))
	})
	compare("quota-give", func() error {
		return err1(b.UpdateCouponQuotas(&model.UpdateCouponQuotasRequest{Body: &model.AdjustCouponQuotasReq{QuotaId: "q", IndirectPartnerIds: []string{"r", "s"}, QuotaAmount: yuan("7.5")}}))
	}, func() {
		c.GiveQuota(ctx, partner.QuotaGift{QuotaID: "q", Resellers: []partner.Account{"r", "s"}, Amount: 750})
	})
	compare("quota-reclaim", func() error {
		return err1(b.ReclaimCouponQuotas(&model.ReclaimCouponQuotasRequest{Body: &model.ReclaimCouponQuotasReq{QuotaIds: []string{"q"}, Remark: ptr("PD-1")}}))
	}, func() { c.ReclaimQuotas(ctx, []string{"q"}, "PD-1") })
	compare("quotas-given", func() error {
		return err1(b.ListIssuedCouponQuotas(&model.ListIssuedCouponQuotasRequest{QuotaId: ptr("q"), IndirectPartnerId: ptr("r"), ParentQuotaId: ptr("p"), Offset: zero, Limit: hundred}))
	}, func() {
		drain(c.GivenQuotas(ctx, partner.GivenQuery{QuotaID: "q", Reseller: "r", ParentID: "p"}))
	})
	compare("quota-log", func() error {
		return err1(b.ListCouponQuotasRecords(&model.ListCouponQuotasRecordsRequest{IndirectPartnerId: ptr("r"), QuotaId: ptr("q"), OperationTimeBegin: ptr(fromText), OperationTimeEnd: ptr(toText),
			ParentQuotaId: ptr("p"), Offset: zero, Limit: hundred}))
	}, func() {
		drain(c.QuotaLog(ctx, partner.QuotaLogQuery{Reseller: "r", QuotaID: "q", ParentID: "p", From: from, To: to}))
	})
	compare("resellers", func() error {
		return err1(b.ListIndirectPartners(&model.ListIndirectPartnersRequest{Body: &model.QueryIndirectPartnersReq{AccountName: ptr("n"), AssociatedOnBegin: ptr(fromText),
			AssociatedOnEnd: ptr(toText), Offset: zero, Limit: hundred, IndirectPartnerId: ptr("r")}}))
	}, func() {
		drain(c.Resellers(ctx, partner.ResellerQuery{Account: "n", From: from, To: to, ID: "r"}))
	})
	compare("customers", func() error {
		return err1(b.ListSubCustomers(&model.ListSubCustomersRequest{Body: &model.QuerySubCustomerListReq{AccountName: ptr("n"), Customer: ptr("华为"), Offset: zero, Limit: hundred, Label: ptr("l"),
			AssociationType: ptr("2"), AssociatedOnBegin: ptr(fromText), AssociatedOnEnd: ptr(toText), CustomerId: ptr("a"), IndirectPartnerId: ptr("r")}}))
	}, func() {
		drain(c.Customers(ctx, "r", partner.CustomerQuery{Account: "n", Name: "华为", Label: "l", Association: partner.Resale, From: from, To: to, ID: "a"}))
	})
	month := partner.Month{Year: 2026, Month: 11}
	compare("consumption", func() error {
		return err1(b.ListSubCustomerBillDetail(&model.ListSubCustomerBillDetailRequest{BillCycle: "2026-11", CustomerId: "a", ServiceTypeCode: ptr("s"), RegionCode: ptr("cn-north-4"), ChargingMode: ptr(int32(3)),
			Offset: zero, Limit: hundred, IndirectPartnerId: ptr("r"), BillDateBegin: ptr("2026-11-01"), BillDateEnd: ptr("2026-11-02")}))
	}, func() {
		drain(c.Consumption(ctx, "r", partner.ConsumptionQuery{Cycle: month, CustomerID: "a", Service: "s", Region: "cn-north-4", Mode: 3, FromDay: "2026-11-01", ToDay: "2026-11-02"}))
	})
	compare("consumers", func() error {
		return err1(b.ListConsumeSubCustomers(&model.ListConsumeSubCustomersRequest{Body: &model.ListConsumeSubCustomersReq{BillCycle: "2026-11", Offset: zero, Limit: hundred}}))
	}, func() { drain(c.Consumers(ctx, month)) })
	compare("monthly", func() error {
		return err1(b.ListSubcustomerMonthlyBills(&model.ListSubcustomerMonthlyBillsRequest{CustomerId: ptr("a"), Cycle: "2026-11", CloudServiceType: ptr("s"), ChargeMode: "11", Offset: zero, Limit: hundred,
			BillType: ptr("0"), IndirectPartnerId: ptr("r")}))
	}, func() {
		drain(c.Monthly(ctx, "r", partner.MonthlyQuery{Cycle: month, CustomerID: "a", Service: "s", Modes: []int{11}, BillType: "0"}))
	})
	compare("resource-types", func() error {
		return err1(b.ListResourceTypes(&model.ListResourceTypesRequest{Offset: zero, Limit: hundred}))
	}, func() { drain(c.ResourceTypes(ctx)) })
	compare("subscriptions", func() error {
		return err1(b.ListPayPerUseCustomerResources(&model.ListPayPerUseCustomerResourcesRequest{Body: &model.QueryResourcesReq{ResourceIds: &[]string{"x"}, OrderId: ptr("o"), OnlyMainResource: ptr(int32(1)),
			StatusList: &[]int32{2, 4}, Offset: zero, Limit: hundred, ExpireTimeBegin: ptr(fromText), ExpireTimeEnd: ptr(toText), ServiceTypeCode: ptr("s"), CustomerId: ptr("a")}}))
	}, func() {
		drain(c.Subscriptions(ctx, partner.SubscriptionQuery{CustomerID: "a", ResourceIDs: []string{"x"}, OrderID: "o", OnlyMain: true, Status: []partner.ResourceStatus{2, 4}, ExpireFrom: from, ExpireTo: to, Service: "s"}))
	})
	compare("real-name", func() error {
		return err1(b.ShowRealnameAuthenticationReviewResult(&model.ShowRealnameAuthenticationReviewResultRequest{CustomerId: "a"}))
	}, func() { c.RealName(ctx, "a") })

	compare("case-categories", func() error { return err1(o.ListCaseCategories(&cases.ListCaseCategoriesRequest{})) }, func() { c.CaseCategories(ctx) })
	compare("case-problems", func() error {
		return err1(o.ListProblemTypes(&cases.ListProblemTypesRequest{ProductCategoryId: ptr("p")}))
	}, func() { c.CaseProblems(ctx, "p") })
	compare("case-severities", func() error {
		return err1(o.ListSeverities(&cases.ListSeveritiesRequest{ProductCategoryId: "p", BusinessTypeId: "b"}))
	}, func() { c.CaseSeverities(ctx, "p", "b") })
	compare("case-regions", func() error { return err1(o.ListRegions(&cases.ListRegionsRequest{})) }, func() { c.CaseRegions(ctx) })
	compare("case-extras", func() error {
		return err1(o.ListExtendsParams(&cases.ListExtendsParamsRequest{BusinessTypeId: "b", IncidentSubTypeId: ptr("c"), ProductCategoryId: ptr("p")}))
	}, func() { c.CaseExtras(ctx, "b", "c", "p") })
	compare("case-quota", func() error {
		return err1(o.ListCaseQuotas(&cases.ListCaseQuotasRequest{BusinessTypeId: "b", ProductCategoryId: ptr("p")}))
	}, func() { c.CaseQuota(ctx, "b", "p") })
	compare("case-limits", func() error { return err1(o.ListCaseLimits(&cases.ListCaseLimitsRequest{})) }, func() { c.MaxCopies(ctx) })
	compare("attachment-limits", func() error { return err1(o.ShowAccessoryLimits(&cases.ShowAccessoryLimitsRequest{})) }, func() { c.AttachmentLimits(ctx) })
	compare("case-agreement", func() error {
		return err1(o.ShowSignedLatestPublishedAgreement(&cases.ShowSignedLatestPublishedAgreementRequest{AgreementType: ptr(cases.GetShowSignedLatestPublishedAgreementRequestAgreementTypeEnum().E_0)}))
	}, func() { c.CaseAgreement(ctx) })
	compare("case-privilege", func() error {
		return err1(o.ListPrivileges(&cases.ListPrivilegesRequest{Privilege: cases.GetListPrivilegesRequestPrivilegeEnum().CREATE_CASE}))
	}, func() { c.MayCreateCases(ctx) })
	compare("partner-privilege", func() error { return err1(o.ShowPartnersCasesPrivilege(&cases.ShowPartnersCasesPrivilegeRequest{})) }, func() { c.MayProcessCustomerCases(ctx) })
	compare("case-create", func() error {
		return err1(o.CreateCases(&cases.CreateCasesRequest{Body: &cases.CreateOrderIncidentV2Req{IncidentSubTypeId: ptr("c"), ProductCategoryId: ptr("p"), BusinessTypeId: "b", RegionId: ptr("r"),
			SimpleDescription: "出错 <a>&", SourceId: "83aeb0f2834c4df49826c781d32a963e", RemindMobile: ptr("1"), RemindMail: ptr("m"), RemindTime: ptr("0"), AccessoryIds: &[]string{"x"},
			ExtensionMap: map[string]any{"k": "v"}, SeverityId: ptr("s"), AreaCode: ptr("86")}}))
	}, func() {
		c.CreateCase(ctx, partner.CaseRequest{ProblemID: "b", CategoryID: "c", ProductID: "p", RegionID: "r", SeverityID: "s", Description: "出错 <a>&", Extras: map[string]string{"k": "v"},
			Attachments: []string{"x"}, Phone: "1", Area: "86", Mail: "m", RemindAt: partner.AnyTimeReminder})
	})
	compare("cases", func() error {
		return err1(o.ListCases(&cases.ListCasesRequest{SearchKey: &[]string{"PD-1", "b"}, IncidentId: ptr("TT1"), QueryStartTime: ptr("2026-11-01 08:00:00"), QueryEndTime: ptr("2026-11-20 12:00:00"),
			IncidentStatus: ptr("0,1"), XCustomerId: ptr("a"), Offset: zero, Limit: hundred}))
	}, func() {
		drain(c.Cases(ctx, partner.CaseQuery{Words: []string{"PD-1", "b"}, ID: "TT1", From: from, To: to, Status: []partner.CaseStatus{0, 1}, CustomerID: "a"}))
	})
	compare("case", func() error { return err1(o.ShowCaseDetail(&cases.ShowCaseDetailRequest{CaseId: "TT1"})) }, func() { c.Case(ctx, "TT1") })
	compare("case-status", func() error { return err1(o.ShowCaseStatus(&cases.ShowCaseStatusRequest{CaseId: "TT1"})) }, func() { c.CaseStatus(ctx, "TT1") })
	compare("case-messages", func() error {
		return err1(o.ListMessages(&cases.ListMessagesRequest{CaseId: "TT1", Offset: zero, Limit: hundred}))
	}, func() { drain(c.CaseMessages(ctx, "TT1")) })
	compare("case-reply", func() error {
		return err1(o.CreateMessages(&cases.CreateMessagesRequest{CaseId: "TT1", Body: &cases.CreateMessageV2Req{Message: &cases.CreateMessageDoV2{Content: "好", AccessoryIds: &[]string{"x"}}}}))
	}, func() { c.ReplyCase(ctx, "TT1", "好", []string{"x"}) })
	compare("case-action", func() error {
		return err1(o.UpdateCases(&cases.UpdateCasesRequest{CaseId: "TT1", ActionId: "press", Body: &cases.WorkOrderOperateV2Req{OperateDesc: ptr("急")}}))
	}, func() { c.ActOnCase(ctx, "TT1", partner.UrgeCase, "急") })
	compare("case-attach", func() error {
		return err1(o.UploadJsonAccessories(&cases.UploadJsonAccessoriesRequest{Body: &cases.AccessoryJsonFormatReq{AccessoryName: "a.txt", AccessoryFrom: cases.GetAccessoryJsonFormatReqAccessoryFromEnum().MESSAGE, UploadType: zero, AccessoryData: "eA=="}}))
	},
		func() { c.Attach(ctx, "a.txt", []byte("x"), true) })

	for _, op := range partner.Operations() {
		if !slices.Contains(covered, op.Name) {
			t.Errorf("empty cell: %s is not compared", op.Name)
		}
	}
}
