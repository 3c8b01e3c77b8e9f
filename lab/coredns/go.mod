module github.com/tranship/tranship/lab/coredns

go 1.26.0
