package app

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

// The raw REST client reads paths such as /version as bytes; it needs a serializer all the same.
var (
	rawVersion    = schema.GroupVersion{}
	rawSerializer = serializer.NewCodecFactory(runtime.NewScheme()).WithoutConversion()
)
