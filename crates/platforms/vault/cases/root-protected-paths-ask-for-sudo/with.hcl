path "sys/*" { capabilities = ["read", "update", "sudo"] }
