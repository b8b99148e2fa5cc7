path "r" { policy = "read" }
path "w" { policy = "write" }
path "d" { policy = "deny" }
path "s" { policy = "sudo" }
