namespace Triptych.TraceQL.Syntax;

/// <summary>A query or the reason why there is none; exactly one is set.</summary>
public readonly record struct ParseOutcome(TraceQLQuery? Query, TraceQLError? Error);

/// <summary>
/// The front door of the syntax: text in, an immutable tree or one error out, no exceptions. Static; any thread may call.
/// The language is that of Tempo 3.0. Recursion is bounded by <see cref="SyntaxLimits"/>.
/// </summary>
public static class TraceQLParser
{
    /// <summary>Parses without looking at types.</summary>
    public static ParseOutcome Parse(string text)
    {
        if (text.Length > SyntaxLimits.MaxQueryChars)
        {
            return Failed(new TraceQLError(
                TraceQLErrorKind.Syntax, $"the query is longer than {SyntaxLimits.MaxQueryChars} characters", new SourcePosition(0, 1, 1)));
        }

        var (tokens, error) = Lexer.Tokenize(text);
        if (error is not null)
        {
            return Failed(error);
        }

        var cursor = new TokenCursor(tokens!);
        return ParseQuery(cursor) is { } query ? new ParseOutcome(query, null) : Failed(cursor.Error!);
    }

    /// <summary>Parses and checks types; what the language has but no engine evaluates is <see cref="TraceQLErrorKind.Unsupported"/>.</summary>
    public static ParseOutcome ParseAndCheck(string text)
    {
        var outcome = Parse(text);
        return outcome.Query is not null && TypeChecker.Check(outcome.Query) is { } error ? Failed(error) : outcome;
    }

    private static ParseOutcome Failed(TraceQLError error) => new(null, error);

    /// <summary>Fails where a pipeline in parentheses stands beside other stages; whether it did.</summary>
    internal static bool RefuseWrappedPipelines(TokenCursor cursor, TraceQLQuery query)
    {
        if (WrappedPipelineBeside(query) is not { } position)
        {
            return false;
        }

        cursor.Fail(position, "syntax error: a pipeline in parentheses cannot be followed by a pipe or follow one");
        return true;
    }

    private static TraceQLQuery? ParseQuery(TokenCursor cursor)
    {
        if (MetricsArithmeticParser.IsNext(cursor))
        {
            return MetricsArithmeticParser.Parse(cursor) is { } arithmetic && MetricsParser.ParseSecondStages(cursor) is { } stagesOfAll
                && MetricsParser.ParseHints(cursor) is { } hintsOfAll && cursor.Expect(TokenKind.End, "the end of the query")
                ? new TraceQLQuery([], arithmetic, stagesOfAll, hintsOfAll)
                : null;
        }

        if (PipelineParser.ParseStages(cursor) is not var (stages, scalar))
        {
            return null;
        }

        if (scalar is not null)
        {
            cursor.Fail(scalar.Position, "syntax error: a number must be compared to filter spansets");
            return null;
        }

        MetricsFunction? metrics = null;
        List<MetricsSecondStage>? secondStages = [];
        if (MetricsParser.IsFunction(cursor))
        {
            metrics = MetricsParser.ParseFunction(cursor);
            secondStages = metrics is null ? null : MetricsParser.ParseSecondStages(cursor);
            if (secondStages is null)
            {
                return null;
            }
        }

        if (MetricsParser.ParseHints(cursor) is not { } hints || !cursor.Expect(TokenKind.End, "the end of the query"))
        {
            return null;
        }

        var query = new TraceQLQuery(stages, metrics, secondStages, hints);
        return RefuseWrappedPipelines(cursor, query) ? null : query;
    }

    /// <summary>Where a parenthesised pipeline stands beside other stages, which the grammar does not have.</summary>
    private static SourcePosition? WrappedPipelineBeside(TraceQLQuery query)
    {
        if (query.Stages.Count == 1 && query.Metrics is null)
        {
            return null;
        }

        foreach (var stage in query.Stages)
        {
            if (stage is SpansetStage { Expression: var expression } && FindWrapped(expression) is { } position)
            {
                return position;
            }
        }

        return null;
    }

    private static SourcePosition? FindWrapped(SpansetExpression expression) => expression switch
    {
        WrappedPipeline wrapped => wrapped.Position,
        SpansetOperation operation => FindWrapped(operation.Left) ?? FindWrapped(operation.Right),
        _ => null,
    };
}
