path "l/*" {
  capabilities = ["list"]
  pagination_limit = 10
}
