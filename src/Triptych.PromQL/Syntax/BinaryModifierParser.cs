namespace Triptych.PromQL.Syntax;

/// <summary>What stands between a binary operator and its right operand.</summary>
internal readonly record struct BinaryModifiers(bool ReturnBool, VectorMatching Matching);

/// <summary><c>[bool] [on|ignoring (…) [group_left|group_right [(…)]]] [fill|fill_left|fill_right (x)]…</c>.</summary>
internal sealed class BinaryModifierParser(TokenStream tokens)
{
    private readonly TokenStream _tokens = tokens;

    public BinaryModifiers? Parse(BinaryOp op)
    {
        var returnBool = false;
        if (_tokens.IsKeyword("bool"))
        {
            var span = _tokens.Take().Span;
            if (!op.IsComparison())
            {
                _tokens.Fail(span, "bool modifier can only be used on comparison operators");
                return null;
            }
            returnBool = true;
        }
        if (ParseMatching(op) is not { } matching || ParseFills(matching) is not { } filled)
            return null;
        return new BinaryModifiers(returnBool, filled);
    }

    private VectorMatching? ParseMatching(BinaryOp op)
    {
        var cardinality = op.IsSetOperator() ? MatchCardinality.ManyToMany : MatchCardinality.OneToOne;
        var on = _tokens.IsKeyword("on");
        if (!on && !_tokens.IsKeyword("ignoring"))
            return VectorMatching.Default with { Cardinality = cardinality };
        _tokens.Take();
        if (LabelListParser.Parse(_tokens) is not { } labels)
            return null;
        IReadOnlyList<string> include = [];
        var groupLeft = _tokens.IsKeyword("group_left");
        if (groupLeft || _tokens.IsKeyword("group_right"))
        {
            var groupSpan = _tokens.Take().Span;
            if (op.IsSetOperator())
            {
                _tokens.Fail(groupSpan, $"no grouping allowed for \"{op.Spelling()}\" operation");
                return null;
            }
            cardinality = groupLeft ? MatchCardinality.ManyToOne : MatchCardinality.OneToMany;
            if (_tokens.Current.Kind == TokenKind.LeftParen)
            {
                if (LabelListParser.Parse(_tokens) is not { } included)
                    return null;
                include = included;
            }
            if (on && include.FirstOrDefault(labels.Contains) is { } twice)
            {
                _tokens.Fail(groupSpan, $"label \"{twice}\" must not occur in ON and GROUP clause at once");
                return null;
            }
        }
        return new VectorMatching(cardinality, on, true, labels, include, null, null);
    }

    private VectorMatching? ParseFills(VectorMatching matching)
    {
        while (_tokens.Following.Kind == TokenKind.LeftParen
            && (_tokens.IsKeyword("fill") || _tokens.IsKeyword("fill_left") || _tokens.IsKeyword("fill_right")))
        {
            var word = _tokens.Take();
            if (!_tokens.Options.FillModifiers)
            {
                var feature = ParserOptions.FillModifiersFeature;
                _tokens.Fail(word.Span, $"binop fill modifiers are experimental and not enabled: they need the feature {feature}");
                return null;
            }
            _tokens.Take();
            if (SignedNumber.Parse(_tokens, "fill modifier") is not { } value
                || !_tokens.Expect(TokenKind.RightParen, "fill modifier", "\")\""))
                return null;
            if (matching.Cardinality == MatchCardinality.ManyToMany)
            {
                _tokens.Fail(word.Span, "filling in missing series not allowed for set operators");
                return null;
            }
            var name = word.Text.ToLowerInvariant();
            if ((name != "fill_right" && matching.FillLeft is not null) || (name != "fill_left" && matching.FillRight is not null))
            {
                _tokens.Fail(word.Span, $"{name} may not be set multiple times");
                return null;
            }
            matching = matching with
            {
                FillLeft = name == "fill_right" ? matching.FillLeft : value,
                FillRight = name == "fill_left" ? matching.FillRight : value,
            };
        }
        return matching;
    }
}
