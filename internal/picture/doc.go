// Package picture draws the graph of a composition from its tag: manifests, files, images,
// layers, subjects and referrers. The output is Mermaid, Graphviz DOT or an HTML page.
//
//	tag → index → composition → files
//	            → image index → manifest → layers
//	      referrer ┄→ subject
package picture
