// Package picture draws a composition: what its tag points at, what that lists, holds, refers
// to and is referred to by. The same graph becomes Mermaid, Graphviz's DOT or a page for a
// browser.
//
//	tag → index → composition → files
//	            → image index → manifest → layers
//	      referrer ┄→ subject
package picture
