"""Prefixes by which makers of keys let them be told, each ending in a dash, dot or underscore."""

Kind = tuple[bytes, int]
"""Name of the kind, and least length of what follows, which holds a digit."""


def _of(kind: str, least: int, *prefixes: str) -> dict[bytes, Kind]:
    return {prefix.encode(): (kind.encode(), least) for prefix in prefixes}


PREFIXES: dict[bytes, Kind] = {
    **_of("github_token", 22, "github_pat_"),
    **_of("npm_token", 36, "npm_"),
    **_of("gitlab_token", 20, "glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glcbt-", "glimt-", "glptt-"),
    **_of("gitlab_token", 40, "glagent-", "gloas-"),
    **_of("slack_token", 20, "xapp-"),
    **_of("stripe_key", 16, "sk_live_", "rk_live_", "sk_test_", "rk_test_", "sk_prod_", "rk_prod_"),
    **_of("stripe_key", 24, "whsec_"),
    **_of("pypi_token", 50, "pypi-"),
    **_of("sendgrid_key", 60, "SG."),
    **_of("square_key", 22, "sq0csp-", "sq0atp-"),
    **_of("shopify_token", 32, "shpat_", "shpca_", "shppa_", "shpss_"),
    **_of("digitalocean_token", 64, "dop_v1_", "doo_v1_", "dor_v1_"),
    **_of("huggingface_token", 34, "hf_"),
    **_of("doppler_token", 40, "dp.pt.", "dp.st."),
    **_of("linear_key", 40, "lin_api_", "lin_oauth_"),
    **_of("notion_token", 40, "ntn_"),
    **_of("figma_token", 36, "figd_"),
    **_of("postman_key", 50, "PMAK-"),
    **_of("newrelic_key", 27, "NRAK-"),
    **_of("grafana_token", 32, "glc_", "glsa_"),
    **_of("vault_token", 24, "hvs.", "hvb.", "hvr."),
    **_of("terraform_token", 60, ".atlasv1."),
    **_of("planetscale_key", 32, "pscale_tkn_", "pscale_pw_", "pscale_oauth_"),
    **_of("docker_token", 27, "dckr_pat_", "dckr_oat_"),
    **_of("supabase_key", 40, "sbp_"),
    **_of("replicate_token", 37, "r8_"),
    **_of("groq_key", 50, "gsk_"),
    **_of("perplexity_key", 48, "pplx-"),
    **_of("xai_key", 70, "xai-"),
    **_of("google_secret", 28, "GOCSPX-"),
    **_of("google_token", 30, "ya29."),
    **_of("heroku_key", 36, "HRKU-"),
    **_of("mailgun_key", 32, "key-"),
    **_of("brevo_key", 64, "xkeysib-"),
    **_of("pulumi_token", 40, "pul-"),
    **_of("rubygems_key", 48, "rubygems_"),
    **_of("sentry_token", 64, "sntrys_", "sntryu_"),
    **_of("shippo_token", 40, "shippo_live_", "shippo_test_"),
    **_of("typeform_token", 40, "tfp_"),
    **_of("netlify_token", 36, "nfp_"),
    **_of("clojars_token", 60, "CLOJARS_"),
    **_of("contentful_token", 43, "CFPAT-"),
    **_of("dynatrace_token", 80, "dt0c01."),
    **_of("adafruit_key", 28, "aio_"),
    **_of("prefect_key", 36, "pnu_"),
    **_of("readme_key", 70, "rdme_"),
    **_of("infracost_key", 32, "ico-"),
    **_of("flutterwave_key", 24, "FLWSECK_TEST-", "FLWSECK-"),
    **_of("frameio_token", 64, "fio-u-"),
    **_of("sonar_token", 40, "squ_", "sqp_", "sqa_"),
    **_of("onepassword_token", 60, "ops_"),
    **_of("age_key", 50, "AGE-SECRET-KEY-"),
    **_of("atlassian_token", 60, "ATATT3xFfGF0_", "ATCTT3xFfGN0_"),
    **_of("buildkite_token", 40, "bkua_"),
}
"""Kinds of keys by their prefix."""
