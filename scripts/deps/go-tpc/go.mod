module pintail.invalid/tools

go 1.21

require github.com/pingcap/go-tpc v1.0.12
