package secret

import (
	"strings"
	"sync"
)

// forms are the tokens with a fixed prefix: their kind, their prefixes, and the rest.
var forms = sync.OnceValue(func() []form {
	var all []form
	for _, row := range []struct{ kind, prefixes, rest string }{
		{"AWS access key", "AKIA ASIA ABIA ACCA AGPA AIDA AROA AIPA ANPA ANVA", `[A-Z0-9]{16}`},
		{"AWS access key", "A3T", `[A-Z0-9]{17}`},
		{"AWS Bedrock key", "ABSK", `[A-Za-z0-9+/]{100,}={0,2}`},
		{"AWS MWS key", "amzn.mws.", `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`},
		{"GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", `[A-Za-z0-9_]{36,}`},
		{"GitHub token", "github_pat_", `[A-Za-z0-9_]{40,}`},
		{"GitLab token", "glpat- gldt- glrt- glptt- glcbt- glimt- glagent- glsoat- glft- glffct- gloas- glwt-", `[A-Za-z0-9_.=-]{20,}`},
		{"GitLab token", "GR1348941", `[A-Za-z0-9_-]{20,}`},
		{"Bitbucket token", "ATBB ATCTT3", `[A-Za-z0-9_=-]{24,}`},
		{"Atlassian token", "ATATT3", `[A-Za-z0-9_=-]{100,}`},
		{"Docker Hub token", "dckr_pat_ dckr_oat_", `[A-Za-z0-9_-]{20,}`},
		{"Google API key", "AIza", `[A-Za-z0-9_-]{35}`},
		{"Google client secret", "GOCSPX-", `[A-Za-z0-9_-]{20,}`},
		{"Google access token", "ya29.", `[A-Za-z0-9_-]{20,}`},
		{"Slack token", "xoxb- xoxp- xoxa- xoxe- xoxo- xoxr- xoxs- xoxc- xoxd- xoxe.xoxb- xoxe.xoxp- xapp-", `[A-Za-z0-9-]{10,}`},
		{"npm token", "npm_", `[A-Za-z0-9]{36}`},
		{"PyPI token", "pypi-", `[A-Za-z0-9_-]{40,}`},
		{"RubyGems key", "rubygems_", `[0-9a-f]{48}`},
		{"crates.io token", "cio", `[A-Za-z0-9]{32}\b`},
		{"Stripe key", "sk_live_ sk_test_ rk_live_ rk_test_", `[A-Za-z0-9]{16,}`},
		{"webhook secret", "whsec_", `[A-Za-z0-9+/=]{24,}`},
		{"Hugging Face token", "hf_", `[A-Za-z0-9]{30,}`},
		{"Groq key", "gsk_", `[A-Za-z0-9]{40,}`},
		{"xAI key", "xai-", `[A-Za-z0-9]{40,}`},
		{"Replicate token", "r8_", `[A-Za-z0-9]{32,}`},
		{"Perplexity key", "pplx-", `[A-Za-z0-9]{40,}`},
		{"Pinecone key", "pcsk_", `[A-Za-z0-9_]{40,}`},
		{"SendGrid key", "SG.", `[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}`},
		{"Mailgun key", "key-", `[0-9a-f]{32}\b`},
		{"Brevo key", "xkeysib-", `[0-9a-f]{64}-[A-Za-z0-9]{16}`},
		{"Twilio key", "SK", `[0-9a-fA-F]{32}\b`},
		{"Square token", "sq0atp- sq0csp- EAAAE", `[A-Za-z0-9_-]{22,}`},
		{"Shopify token", "shpat_ shpca_ shppa_ shpss_", `[0-9a-fA-F]{32}`},
		{"Braintree token", "access_token$production$", `[0-9a-z]{16}\$[0-9a-f]{32}`},
		{"DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", `[0-9a-f]{64}`},
		{"Heroku token", "HRKU-", `[A-Za-z0-9_-]{30,}`},
		{"Fly token", "fo1_ fm1_ fm1r_ fm1a_ fm2_", `[A-Za-z0-9+/=_-]{40,}`},
		{"Netlify token", "nfp_", `[A-Za-z0-9]{36,}`},
		{"Cloudflare key", "v1.0-", `[0-9a-f]{24}-[0-9a-f]{100,}`},
		{"Cloudflare tunnel token", "eyJhIjoi", `[A-Za-z0-9+/=_-]{80,}`},
		{"Tailscale key", "tskey-", `(?:[a-z]+-)?[A-Za-z0-9]{6,}-?[A-Za-z0-9]{10,}`},
		{"Vault token", "hvs. hvb. hvr.", `[A-Za-z0-9_-]{24,}`},
		{"Doppler token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", `[A-Za-z0-9_.-]{40,}`},
		{"Pulumi token", "pul-", `[0-9a-f]{40}`},
		{"Databricks token", "dapi", `[0-9a-f]{32}\b`},
		{"Grafana token", "glsa_", `[A-Za-z0-9]{32}_[0-9a-fA-F]{8}`},
		{"Grafana token", "glc_eyJ", `[A-Za-z0-9+/=]{32,}`},
		{"New Relic key", "NRAK- NRII-", `[A-Za-z0-9_-]{27,}`},
		{"Sentry token", "sntrys_ sntryu_", `[A-Za-z0-9+/=_.-]{40,}`},
		{"Linear key", "lin_api_", `[A-Za-z0-9]{32,}`},
		{"Notion token", "ntn_", `[A-Za-z0-9]{40,}`},
		{"Figma token", "figd_", `[A-Za-z0-9_-]{36,}`},
		{"Postman key", "PMAK-", `[0-9a-f]{24}-[0-9a-f]{34}`},
		{"JFrog token", "AKCp cmVmdGtuO", `[A-Za-z0-9]{50,}`},
		{"SonarQube token", "squ_ sqa_ sqp_", `[0-9a-f]{40}`},
		{"CircleCI token", "CCIPAT_", `[A-Za-z0-9_]{40,}`},
		{"Buildkite token", "bkua_", `[0-9a-f]{40}`},
		{"Supabase token", "sbp_", `[0-9a-f]{40}`},
		{"Supabase key", "sb_secret_", `[A-Za-z0-9_-]{20,}`},
		{"PlanetScale token", "pscale_tkn_ pscale_pw_ pscale_oauth_", `[A-Za-z0-9_=.-]{32,}`},
		{"1Password token", "ops_eyJ", `[A-Za-z0-9+/=_-]{100,}`},
		{"age private key", "AGE-SECRET-KEY-", `[A-Z0-9-]{50,}`},
	} {
		rest := lazy("^(?:" + row.rest + ")")
		for prefix := range strings.FieldsSeq(row.prefixes) {
			all = append(all, form{kind: row.kind, prefix: prefix, rest: rest})
		}
	}
	// OpenAI's keys, and those of the many services with the same form.
	return append(all, form{kind: "API key", prefix: "sk-", rest: lazy(`^[A-Za-z0-9_-]{20,}`), verify: isRandomKey})
})

// isRandomKey reports whether a key is more than hyphenated words.
func isRandomKey(rest string) bool {
	digits, long := 0, false
	for part := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r == '-' || r == '_' }) {
		n := strings.IndexFunc(part, func(r rune) bool { return r >= '0' && r <= '9' })
		long = long || n >= 0 && len(part) >= 16
		for _, c := range part {
			if c >= '0' && c <= '9' {
				digits++
			}
		}
	}
	return long || digits >= 6
}
