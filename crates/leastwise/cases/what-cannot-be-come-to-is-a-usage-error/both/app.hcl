path "shop/card-key" {
  capabilities = ["read"]
}
