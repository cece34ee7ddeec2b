module github.com/fairlead/fairlead/test/bench/tunnel

go 1.26.0

replace github.com/fairlead/fairlead => ../../..

require (
	github.com/fairlead/fairlead v0.0.0-00010101000000-000000000000
	github.com/gorilla/websocket v1.5.4-0.20250319132907-e064f32e3674
	github.com/rancher/remotedialer v0.6.1
	github.com/sirupsen/logrus v1.9.4
)
