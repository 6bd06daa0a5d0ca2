namespace Triptych.LogQL.Syntax;

/// <summary>
/// What a range aggregation looks at. The range may stand after the selector, after the stages, or after parentheses around both:
/// <c>{…}[5m] | json</c>, <c>{…} | json [5m]</c>, <c>({…} | json)[5m]</c>; an offset follows the range.
/// </summary>
internal sealed class LogRangeParser(TokenCursor cursor)
{
    private readonly PipelineParser _pipelines = new(cursor);
    private SourcePosition _start;
    private StreamSelector? _selector;
    private List<PipelineStage>? _stages;
    private long? _rangeNanos;
    private long _offsetNanos;

    public LogRange? Parse()
    {
        _start = cursor.Position;
        if (!TryParseParts() || _selector is null)
            return null;
        if (_rangeNanos is null)
        {
            cursor.FailUnexpected("a range such as [5m]");
            return null;
        }
        return new LogRange(_start, new LogPipeline(_start, _selector, _stages ?? []), _rangeNanos.Value, _offsetNanos);
    }

    private bool TryParseParts()
    {
        if (!cursor.TryEnter())
            return false;
        if (cursor.TryTake(TokenKind.OpenParen))
        {
            if (!TryParseParts() || !cursor.Expect(TokenKind.CloseParen, ")"))
                return false;
        }
        else
        {
            if (!cursor.Is(TokenKind.OpenBrace))
            {
                cursor.FailUnexpected("a stream selector");
                return false;
            }
            _selector = _pipelines.ParseSelector();
        }
        cursor.Leave();
        return cursor.Error is null && TryParseStages() && TryParseRange() && TryParseStages();
    }

    private bool TryParseStages()
    {
        if (!PipelineParser.IsStageStart(cursor))
            return true;
        if (_stages is not null)
        {
            cursor.FailUnexpected("stages on one side of the range only");
            return false;
        }
        _stages = _pipelines.ParseStages();
        return _stages is not null;
    }

    private bool TryParseRange()
    {
        if (!cursor.Is(TokenKind.Range))
            return true;
        if (_rangeNanos is not null)
        {
            cursor.Fail(cursor.Position, "syntax error: unexpected second range");
            return false;
        }
        _rangeNanos = cursor.Take().Nanos;
        if (!cursor.TryTakeWord("offset"))
            return true;
        var negative = cursor.TryTake(TokenKind.Minus);
        if (!cursor.Expect(TokenKind.Duration, "a duration", out var offset))
            return false;
        _offsetNanos = negative ? -offset.Nanos : offset.Nanos;
        return true;
    }
}
