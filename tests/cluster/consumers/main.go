// Renders a chart as `helm template` does, with the packages that do it there.
package main

import (
	"fmt"
	"log"
	"os"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// Takes the folder of a chart, a namespace and a version of Kubernetes, and perhaps a file of values.
func main() {
	log.SetFlags(0)
	chart, err := loader.LoadDir(os.Args[1])
	check(err)
	values := chartutil.Values{}
	if len(os.Args) > 4 {
		values, err = chartutil.ReadValuesFile(os.Args[4])
		check(err)
	}
	check(chart.Validate())
	version, err := chartutil.ParseKubeVersion(os.Args[3])
	check(err)
	if chart.Metadata.KubeVersion != "" && !chartutil.IsCompatibleRange(chart.Metadata.KubeVersion, version.String()) {
		log.Fatalf("the chart is not for Kubernetes %s", version)
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *version
	release := chartutil.ReleaseOptions{Name: "obi", Namespace: os.Args[2], Revision: 1, IsInstall: true}
	merged, err := chartutil.ToRenderValues(chart, values, release, capabilities)
	check(err)
	rendered, err := engine.Render(chart, merged)
	check(err)
	for path, text := range rendered {
		fmt.Printf("---\n# Source: %s\n%s\n", path, text)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
