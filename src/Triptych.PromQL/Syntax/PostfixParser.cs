using System.Globalization;

namespace Triptych.PromQL.Syntax;

/// <summary>Ranges, subqueries, <c>offset</c>, <c>@</c>, <c>anchored</c> and <c>smoothed</c> after an expression, in any number.</summary>
internal sealed class PostfixParser(TokenStream tokens)
{
    private readonly TokenStream _tokens = tokens;
    private readonly DurationParser _durations = new(tokens);

    public Expr? Parse(Expr primary)
    {
        Expr? result = primary;
        while (result is not null)
        {
            if (_tokens.Current.Kind == TokenKind.LeftBracket)
                result = ParseBracket(result);
            else if (_tokens.Current.Kind == TokenKind.At)
                result = ParseAt(result);
            else if (_tokens.IsKeyword("offset"))
                result = ParseOffset(result);
            else if (_tokens.IsKeyword("anchored"))
                result = ParseExtension(result, RangeExtension.Anchored);
            else if (_tokens.IsKeyword("smoothed"))
                result = ParseExtension(result, RangeExtension.Smoothed);
            else
                return result;
        }
        return null;
    }

    private Expr? ParseBracket(Expr inner)
    {
        _tokens.Take();
        var range = _durations.ParseExpression();
        if (range is null || !Check(range, mustBePositive: true))
            return null;
        if (!_tokens.TryTake(TokenKind.Colon))
        {
            return _tokens.Expect(TokenKind.RightBracket, "subquery or range selector", "\":\" or \"]\"") ? Range(inner, range) : null;
        }
        DurationExpr? step = null;
        if (_tokens.Current.Kind != TokenKind.RightBracket)
        {
            step = _durations.ParseExpression();
            if (step is null || !Check(step, mustBePositive: true))
                return null;
        }
        if (!_tokens.Expect(TokenKind.RightBracket, "subquery selector", "\"]\""))
            return null;
        var subquery = new SubqueryExpr(inner, range, step, null, null, new SourceSpan(inner.Span.Start, _tokens.LastEnd));
        if (subquery.Nesting <= _tokens.Options.MaxDepth)
            return subquery;
        _tokens.Fail(subquery.Span, $"expression is nested more than {_tokens.Options.MaxDepth} levels deep");
        return null;
    }

    private MatrixSelector? Range(Expr inner, DurationExpr range)
    {
        var span = new SourceSpan(inner.Span.Start, _tokens.LastEnd);
        var problem = inner switch
        {
            VectorSelector { Offset: not null } => "no offset modifiers allowed before range",
            VectorSelector { At: not null } => "no @ modifiers allowed before range",
            VectorSelector { Extension: not RangeExtension.None } => "no anchored or smoothed modifiers allowed before range",
            VectorSelector => null,
            _ => "ranges only allowed for vector selectors",
        };
        if (problem is null)
            return new MatrixSelector((VectorSelector)inner, range, span);
        _tokens.Fail(span, problem);
        return null;
    }

    private Expr? ParseOffset(Expr inner)
    {
        _tokens.Take();
        var offset = _durations.ParseOffset();
        if (offset is null || !Check(offset, mustBePositive: false))
            return null;
        var span = new SourceSpan(inner.Span.Start, _tokens.LastEnd);
        switch (inner)
        {
            case VectorSelector { Offset: null } vector:
                return vector with { Offset = offset, Span = span };
            case MatrixSelector { Selector.Offset: null } matrix:
                return matrix with { Selector = matrix.Selector with { Offset = offset }, Span = span };
            case SubqueryExpr { Offset: null } subquery:
                return subquery with { Offset = offset, Span = span };
            case VectorSelector or MatrixSelector or SubqueryExpr:
                _tokens.Fail(span, "offset may not be set multiple times");
                return null;
            default:
                _tokens.Fail(
                    inner.Span, "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery");
                return null;
        }
    }

    private Expr? ParseAt(Expr inner)
    {
        _tokens.Take();
        if (ParseAtTime() is not { } at)
            return null;
        var span = new SourceSpan(inner.Span.Start, _tokens.LastEnd);
        switch (inner)
        {
            case VectorSelector { At: null } vector:
                return vector with { At = at, Span = span };
            case MatrixSelector { Selector.At: null } matrix:
                return matrix with { Selector = matrix.Selector with { At = at }, Span = span };
            case SubqueryExpr { At: null } subquery:
                return subquery with { At = at, Span = span };
            case VectorSelector or MatrixSelector or SubqueryExpr:
                _tokens.Fail(span, "@ <timestamp> may not be set multiple times");
                return null;
            default:
                _tokens.Fail(
                    inner.Span, "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery");
                return null;
        }
    }

    private AtModifier? ParseAtTime()
    {
        if (_tokens.Following.Kind == TokenKind.LeftParen && (_tokens.IsKeyword("start") || _tokens.IsKeyword("end")))
        {
            var kind = _tokens.IsKeyword("start") ? AtKind.Start : AtKind.End;
            _tokens.Take();
            _tokens.Take();
            return _tokens.Expect(TokenKind.RightParen, "@", "\")\"") ? new AtModifier(kind, 0) : null;
        }
        var first = _tokens.Current.Span;
        if (SignedNumber.Parse(_tokens, "@") is not { } seconds)
            return null;
        // Within these bounds milliseconds stay far from the ends of 64 bits, so that adding an offset cannot overflow.
        const double MaxSeconds = long.MaxValue / 4 / 1000;
        if (double.IsFinite(seconds) && Math.Abs(seconds) < MaxSeconds)
            return new AtModifier(AtKind.Timestamp, (long)Math.Round(seconds * 1000, MidpointRounding.AwayFromZero));
        var text = seconds.ToString(CultureInfo.InvariantCulture);
        _tokens.Fail(new SourceSpan(first.Start, _tokens.LastEnd), $"timestamp out of bounds for @ modifier: {text}");
        return null;
    }

    private Expr? ParseExtension(Expr inner, RangeExtension extension)
    {
        var word = _tokens.Take();
        var name = word.Text.ToLowerInvariant();
        if (!_tokens.Options.ExtendedRangeSelectors)
        {
            _tokens.Fail(word.Span, $"{name} modifier is experimental and not enabled: it needs the feature {ParserOptions.ExtendedRangesFeature}");
            return null;
        }
        var span = new SourceSpan(inner.Span.Start, _tokens.LastEnd);
        switch (inner)
        {
            case VectorSelector { Extension: RangeExtension.None } vector when extension == RangeExtension.Smoothed:
                return vector with { Extension = extension, Span = span };
            case MatrixSelector { Selector.Extension: RangeExtension.None } matrix:
                return matrix with { Selector = matrix.Selector with { Extension = extension }, Span = span };
            case VectorSelector { Extension: not RangeExtension.None }:
            case MatrixSelector:
                _tokens.Fail(word.Span, "anchored and smoothed modifiers may not be set multiple times");
                return null;
            default:
                _tokens.Fail(word.Span, $"{name} modifier not implemented for this kind of expression");
                return null;
        }
    }

    // What depends on step() or range() is checked when the query's grid is known.
    private bool Check(DurationExpr duration, bool mustBePositive)
    {
        if (duration.DependsOnQuery)
            return true;
        var problem = DurationEvaluator.TryEvaluate(duration, 0, 0, mustBePositive, out _);
        if (problem is null)
            return true;
        _tokens.Fail(duration.Span, problem);
        return false;
    }
}
