package main

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// shape writes a query as nested lists: what each part is and what it consists of, without names, numbers and
// modifiers of selectors. It shows what binds to what.
func shape(node parser.Node) string {
	switch n := node.(type) {
	case *parser.NumberLiteral:
		return "number"
	case *parser.StringLiteral:
		return "string"
	case *parser.VectorSelector:
		return "selector"
	case *parser.MatrixSelector:
		return list("range", n.VectorSelector)
	case *parser.SubqueryExpr:
		return list("subquery", n.Expr)
	case *parser.ParenExpr:
		return list("parentheses", n.Expr)
	case *parser.UnaryExpr:
		return list("sign", n.Expr)
	case *parser.BinaryExpr:
		return list(n.Op.String(), n.LHS, n.RHS)
	case *parser.AggregateExpr:
		if n.Param != nil {
			return list(n.Op.String(), n.Param, n.Expr)
		}
		return list(n.Op.String(), n.Expr)
	case *parser.Call:
		parts := []parser.Node{}
		for _, argument := range n.Args {
			parts = append(parts, argument)
		}
		return list(n.Func.Name, parts...)
	default:
		return "unknown"
	}
}

func list(name string, parts ...parser.Node) string {
	texts := []string{name}
	for _, part := range parts {
		texts = append(texts, shape(part))
	}
	return "(" + strings.Join(texts, " ") + ")"
}
