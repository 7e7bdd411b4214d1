package judge_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	bss "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/bss/v2"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/bss/v2/model"
	osm "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/osm/v2"
	cases "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/osm/v2/model"
	"github.com/shopspring/decimal"

	"partnerdesk/handlers/partner/sandbox"
)

// desk is the SDK pointed at a sandbox.
type desk struct {
	bss   *bss.BssClient
	osm   *osm.OsmClient
	world *sandbox.Sandbox
}

func newDesk(t *testing.T) desk {
	t.Helper()
	world, err := sandbox.New(sandbox.Options{Seed: 1, AK: "AK", SK: "SK", Work: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(world)
	t.Cleanup(srv.Close)
	key, err := global.NewCredentialsBuilder().WithAk("AK").WithSk("SK").WithDomainId("0123456789abcdef0123456789abcdef").SafeBuild()
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
	return desk{bss.NewBssClient(build(bss.BssClientBuilder())), osm.NewOsmClient(build(osm.OsmClientBuilder())), world}
}

func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func yuan(s string) *decimal.Decimal { d := decimal.RequireFromString(s); return &d }

func ptr[T any](v T) *T { return &v }

func (d desk) customer(t *testing.T, account, reseller string) string {
	t.Helper()
	in := &model.QuerySubCustomerListReq{Limit: ptr(int32(100))}
	if account != "" {
		in.AccountName = &account
	}
	if reseller != "" {
		in.IndirectPartnerId = &reseller
	}
	out, err := d.bss.ListSubCustomers(&model.ListSubCustomersRequest{Body: in})
	must(t, out, err)
	if *out.Count < 1 {
		t.Fatal("no customer")
	}
	return (*out.CustomerInfos)[0].CustomerId
}

func TestBalancesAndFunds(t *testing.T) {
	d := newDesk(t)
	acme := d.customer(t, "acme", "")
	own := func() float64 {
		out, err := d.bss.ListPartnerBalances(&model.ListPartnerBalancesRequest{})
		return (*must(t, out, err).AccountBalances)[0].Amount
	}
	theirs := func() decimal.Decimal {
		out, err := d.bss.ListCustomersBalancesDetail(&model.ListCustomersBalancesDetailRequest{
			Body: &model.QueryCustomersBalancesReq{CustomerInfos: []model.CustomerInfoV2{{CustomerId: acme}}},
		})
		return *(*must(t, out, err).CustomerBalances)[0].Amount
	}
	mine, before := own(), theirs()
	grant, err := d.bss.UpdateCustomerAccountAmount(&model.UpdateCustomerAccountAmountRequest{Body: &model.AdjustAccountReq{CustomerId: acme, Amount: yuan("100.50")}})
	must(t, grant, err)
	back, err := d.bss.ReclaimToPartnerAccount(&model.ReclaimToPartnerAccountRequest{Body: &model.ReclaimToPartnerAccountBalancesReq{CustomerId: acme, Amount: yuan("0.50")}})
	must(t, back, err)
	if diff := mine - own(); diff < 99.99 || diff > 100.01 {
		t.Errorf("the partner paid %v, want 100", diff)
	}
	if diff := theirs().Sub(before); !diff.Equal(*yuan("100")) {
		t.Errorf("the customer got %s, want 100", diff)
	}
	records, err := d.bss.ListPartnerAdjustRecords(&model.ListPartnerAdjustRecordsRequest{CustomerId: &acme, TransId: grant.TransferId})
	if must(t, records, err); *records.TotalCount != 1 || *(*records.Records)[0].Amount != "100.50" {
		t.Errorf("records = %+v", records)
	}
}

func TestResellers(t *testing.T) {
	d := newDesk(t)
	out, err := d.bss.ListIndirectPartners(&model.ListIndirectPartnersRequest{Body: &model.QueryIndirectPartnersReq{}})
	if must(t, out, err); *out.Count != 2 {
		t.Fatalf("count = %d", *out.Count)
	}
	id := *(*out.IndirectPartners)[0].IndirectPartnerId
	give, err := d.bss.UpdateIndirectPartnerAccount(&model.UpdateIndirectPartnerAccountRequest{Body: &model.AdjustToIndirectPartnerReq{IndirectPartnerId: id, Amount: yuan("10")}})
	if must(t, give, err); give.TransferId == nil {
		t.Error("no transfer id")
	}
	take, err := d.bss.ReclaimIndirectPartnerAccount(&model.ReclaimIndirectPartnerAccountRequest{Body: &model.ReclaimIndirectPartnerAccountReq{IndirectPartnerId: id, Amount: yuan("10")}})
	if must(t, take, err); take.TransId == nil {
		t.Error("no trans id")
	}
	if d.customer(t, "", id) == "" {
		t.Error("no customer of the reseller")
	}
	quotas, err := d.bss.ListQuotaCoupons(&model.ListQuotaCouponsRequest{Body: &model.QueryCouponQuotasReqExt{}})
	must(t, quotas, err)
	quota := *(*quotas.Quotas)[0].QuotaId
	given, err := d.bss.UpdateCouponQuotas(&model.UpdateCouponQuotasRequest{Body: &model.AdjustCouponQuotasReq{QuotaId: quota, IndirectPartnerIds: []string{id}, QuotaAmount: yuan("50")}})
	if must(t, given, err); len(*given.SimpleQuotaInfos) != 1 {
		t.Fatalf("given = %+v", given)
	}
	child := (*given.SimpleQuotaInfos)[0].QuotaId
	reclaimed, err := d.bss.ReclaimCouponQuotas(&model.ReclaimCouponQuotasRequest{Body: &model.ReclaimCouponQuotasReq{QuotaIds: []string{child}, Remark: ptr("PD-1")}})
	if must(t, reclaimed, err); len(*reclaimed.SimpleQuotaInfos) != 1 {
		t.Errorf("reclaimed = %+v", reclaimed)
	}
	issued, err := d.bss.ListIssuedCouponQuotas(&model.ListIssuedCouponQuotasRequest{QuotaId: &child})
	if must(t, issued, err); *issued.TotalCount != 1 {
		t.Errorf("given quotas = %+v", issued)
	}
	log, err := d.bss.ListCouponQuotasRecords(&model.ListCouponQuotasRecordsRequest{QuotaId: &child})
	if must(t, log, err); *log.TotalCount != 2 {
		t.Errorf("quota log = %+v", log)
	}
}

func TestCoupons(t *testing.T) {
	d := newDesk(t)
	acme := d.customer(t, "acme", "")
	quotas, err := d.bss.ListQuotaCoupons(&model.ListQuotaCouponsRequest{Body: &model.QueryCouponQuotasReqExt{QuotaStatusList: &[]int32{0}}})
	must(t, quotas, err)
	issued, err := d.bss.CreatePartnerCoupons(&model.CreatePartnerCouponsRequest{Body: &model.CreatePartnerCouponsReq{
		QuotaId: *(*quotas.Quotas)[0].QuotaId, CustomerIds: []string{acme, "stranger"}, FaceValue: yuan("12.30"), Memo: ptr("PD-2"),
	}})
	if must(t, issued, err); len(*issued.CouponInfos) != 1 || len(*issued.ErrorDetails) != 1 {
		t.Fatalf("issued = %+v", issued)
	}
	coupon := (*issued.CouponInfos)[0].CouponId
	list, err := d.bss.ListIssuedPartnerCoupons(&model.ListIssuedPartnerCouponsRequest{CouponId: &coupon})
	if must(t, list, err); *list.TotalCount != 1 || !(*list.UserCoupons)[0].FaceValue.Equal(*yuan("12.3")) {
		t.Errorf("coupons = %+v", list)
	}
	log, err := d.bss.ListPartnerCouponsRecord(&model.ListPartnerCouponsRecordRequest{CouponIds: &[]string{coupon}, OperationTypes: &[]string{"1", "2"}})
	if must(t, log, err); *log.TotalCount != 1 || *(*log.Records)[0].Remark != "PD-2" {
		t.Errorf("log = %+v", log)
	}
	back, err := d.bss.ReclaimPartnerCoupons(&model.ReclaimPartnerCouponsRequest{Body: &model.ReclaimPartnerCouponsReq{CouponId: coupon}})
	if must(t, back, err); back.HttpStatusCode != 204 {
		t.Errorf("reclaim answered %d, want 204", back.HttpStatusCode)
	}
}

func TestCases(t *testing.T) {
	d := newDesk(t)
	made, err := d.osm.CreateCases(&cases.CreateCasesRequest{Body: &cases.CreateOrderIncidentV2Req{
		BusinessTypeId: "t1consult000000000000000000cons1", ProductCategoryId: ptr("p1ecs00000000000000000000000ecs1"),
		SimpleDescription: "怎么扩容？[PD-7F3K]", SourceId: "83aeb0f2834c4df49826c781d32a963e",
	}})
	must(t, made, err)
	id := *made.IncidentId
	list, err := d.osm.ListCases(&cases.ListCasesRequest{SearchKey: &[]string{"PD-7F3K"}})
	if must(t, list, err); *list.TotalCount != 1 || (*list.IncidentInfoList)[0].IncidentId != id {
		t.Errorf("list = %+v", list)
	}
	// The engineer goes on while the world's clock does; the SDK's stays within the window.
	d.world.Advance(2*time.Minute + time.Second)
	detail, err := d.osm.ShowCaseDetail(&cases.ShowCaseDetailRequest{CaseId: id})
	if must(t, detail, err); detail.IncidentDetailInfo.Status != 17 || len(detail.IncidentDetailInfo.MessageList) != 3 {
		t.Errorf("detail = %+v", detail)
	}
	reply, err := d.osm.CreateMessages(&cases.CreateMessagesRequest{CaseId: id, Body: &cases.CreateMessageV2Req{Message: &cases.CreateMessageDoV2{Content: "已补充。"}}})
	must(t, reply, err)
	messages, err := d.osm.ListMessages(&cases.ListMessagesRequest{CaseId: id})
	if must(t, messages, err); *messages.Count != 4 || *(*messages.MessageList)[3].Content != "已补充。" {
		t.Errorf("messages = %+v", messages)
	}
	closed, err := d.osm.UpdateCases(&cases.UpdateCasesRequest{CaseId: id, ActionId: "close", Body: &cases.WorkOrderOperateV2Req{}})
	must(t, closed, err)
	state, err := d.osm.ShowCaseStatus(&cases.ShowCaseStatusRequest{CaseId: id})
	if must(t, state, err); *state.Status != 3 {
		t.Errorf("status = %d, want 3", *state.Status)
	}
}
