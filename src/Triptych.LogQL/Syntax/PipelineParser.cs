using Triptych.LogQL.Syntax.Literals;
using Triptych.Model.Labels;

namespace Triptych.LogQL.Syntax;

/// <summary>Stream selectors and the stages behind them.</summary>
internal sealed class PipelineParser(TokenCursor cursor)
{
    public static bool IsStageStart(TokenCursor cursor) =>
        cursor.Is(TokenKind.Pipe) || LineFilterHere(cursor) is not null;

    public LogPipeline? ParsePipeline()
    {
        var position = cursor.Position;
        var selector = ParseSelector();
        if (selector is null || ParseStages() is not { } stages)
            return null;
        return new LogPipeline(position, selector, stages);
    }

    public StreamSelector? ParseSelector()
    {
        var position = cursor.Position;
        if (!cursor.Expect(TokenKind.OpenBrace, "{"))
            return null;
        var matchers = new List<LabelMatcherNode>();
        while (!cursor.Is(TokenKind.CloseBrace))
        {
            if (!cursor.TryCountNode() || ParseMatcher() is not { } matcher)
                return null;
            matchers.Add(matcher);
            if (!cursor.TryTake(TokenKind.Comma))
                break;
        }
        if (!cursor.Expect(TokenKind.CloseBrace, ", or }"))
            return null;
        if (matchers.TrueForAll(MatchesEmpty))
        {
            cursor.Fail(position, "queries require at least one regexp or equality matcher that does not have an empty-compatible value. "
                + "For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will");
            return null;
        }
        return new StreamSelector(position, matchers);
    }

    public List<PipelineStage>? ParseStages()
    {
        var stages = new List<PipelineStage>();
        UnwrapStage? unwrap = null;
        while (IsStageStart(cursor))
        {
            if (!cursor.TryCountNode() || ParseStage() is not { } stage)
                return null;
            if (unwrap is not null && stage is not LabelFilterStage)
            {
                cursor.Fail(stage.Position, "only label filters are allowed after unwrap");
                return null;
            }
            unwrap ??= stage as UnwrapStage;
            stages.Add(stage);
        }
        return cursor.Error is null ? stages : null;
    }

    private LabelMatcherNode? ParseMatcher()
    {
        if (!cursor.Expect(TokenKind.Identifier, "a label name or }", out var name))
            return null;
        return LabelFilterParser.ParseMatcherAfterName(cursor, name);
    }

    private static bool MatchesEmpty(LabelMatcherNode matcher) => matcher.Kind switch
    {
        MatcherKind.Equal => matcher.Value.Length == 0,
        MatcherKind.NotEqual => matcher.Value.Length > 0,
        _ => RegexSyntax.TryCompileAnchored(matcher.Value, out _)?.IsMatch("") == (matcher.Kind == MatcherKind.Regex),
    };

    private PipelineStage? ParseStage()
    {
        if (LineFilterHere(cursor) is { } kind)
            return ParseLineFilter(kind);
        var position = cursor.Take().Position;
        if (cursor.Is(TokenKind.OpenParen))
            return ParseLabelFilter(position);
        if (!cursor.Is(TokenKind.Identifier))
        {
            cursor.FailUnexpected("a pipeline stage or label filter");
            return null;
        }
        switch (cursor.Current.Text)
        {
            case "json":
                cursor.Take();
                return ParseExtractions(isJson: true) is { } paths ? new JsonStage(position, paths) : null;
            case "logfmt":
                return ParseLogfmt(position);
            case "regexp":
                return ParseRegexp(position);
            case "pattern":
                return ParsePattern(position);
            case "unpack":
                cursor.Take();
                return new UnpackStage(position);
            case "line_format":
                cursor.Take();
                return cursor.Expect(TokenKind.String, "a template string", out var template)
                    ? new LineFormatStage(position, template.Text)
                    : null;
            case "label_format":
                return new LabelFormatParser(cursor).Parse(position);
            case "decolorize":
                cursor.Take();
                return new DecolorizeStage(position);
            case "drop":
                return ParseChoices() is { } dropped ? new DropStage(position, dropped) : null;
            case "keep":
                return ParseChoices() is { } kept ? new KeepStage(position, kept) : null;
            case "unwrap":
                return ParseUnwrap(position);
            default:
                return ParseLabelFilter(position);
        }
    }

    private LabelFilterStage? ParseLabelFilter(SourcePosition position) =>
        new LabelFilterParser(cursor).Parse() is { } filter ? new LabelFilterStage(position, filter) : null;

    private static LineFilterKind? LineFilterHere(TokenCursor cursor) => cursor.Current.Kind switch
    {
        TokenKind.PipeExact => LineFilterKind.Contains,
        TokenKind.PipeMatch => LineFilterKind.Regex,
        TokenKind.PipePattern => LineFilterKind.Pattern,
        TokenKind.NotEqual => LineFilterKind.NotContains,
        TokenKind.NotMatch => LineFilterKind.NotRegex,
        TokenKind.NotPattern => LineFilterKind.NotPattern,
        _ => null,
    };

    private LineFilterStage? ParseLineFilter(LineFilterKind kind)
    {
        var position = cursor.Take().Position;
        var values = new List<LineFilterValue>();
        do
        {
            if (!cursor.TryCountNode() || ParseLineFilterValue(kind) is not { } value)
                return null;
            values.Add(value);
        }
        while (cursor.TryTakeWord("or"));
        return new LineFilterStage(position, kind, values);
    }

    private LineFilterValue? ParseLineFilterValue(LineFilterKind kind)
    {
        var position = cursor.Position;
        if (cursor.TryTakeWord("ip"))
        {
            if (!cursor.Expect(TokenKind.OpenParen, "(") || !cursor.Expect(TokenKind.String, "an address string", out var address)
                || !cursor.Expect(TokenKind.CloseParen, ")"))
                return null;
            if (kind is not (LineFilterKind.Contains or LineFilterKind.NotContains))
                cursor.Fail(position, "ip is only allowed with |= and !=");
            if (!IpPattern.TryParse(address.Text, out _))
                cursor.Fail(address.Position, $"ip: invalid pattern {StringLiteral.Quote(address.Text)}");
            return new LineFilterValue(position, address.Text, IsIp: true);
        }
        if (!cursor.Expect(TokenKind.String, "a string or ip", out var text))
            return null;
        string? problem = null;
        var valid = kind switch
        {
            LineFilterKind.Regex or LineFilterKind.NotRegex => RegexSyntax.TryCompileUnanchored(text.Text, out problem) is not null,
            LineFilterKind.Pattern or LineFilterKind.NotPattern => PatternTemplate.TryParseFilter(text.Text, out _, out problem),
            _ => true,
        };
        if (!valid)
            cursor.Fail(text.Position, problem ?? "");
        return new LineFilterValue(position, text.Text, IsIp: false);
    }

    private LogfmtStage? ParseLogfmt(SourcePosition position)
    {
        cursor.Take();
        bool strict = false, keepEmpty = false;
        while (cursor.Is(TokenKind.Flag))
        {
            var flag = cursor.Take();
            if (flag.Text == "--strict")
                strict = true;
            else if (flag.Text == "--keep-empty")
                keepEmpty = true;
            else
                cursor.Fail(flag.Position, $"unknown flag {flag.Text}, expecting --strict or --keep-empty");
        }
        return ParseExtractions(isJson: false) is { } keys ? new LogfmtStage(position, strict, keepEmpty, keys) : null;
    }

    private List<Extraction>? ParseExtractions(bool isJson)
    {
        var extractions = new List<Extraction>();
        if (!cursor.Is(TokenKind.Identifier))
            return cursor.Error is null ? extractions : null;
        do
        {
            if (!cursor.TryCountNode() || !cursor.Expect(TokenKind.Identifier, "a label name", out var label))
                return null;
            var expression = label;
            if (cursor.TryTake(TokenKind.Assign) && !cursor.Expect(TokenKind.String, "an expression string", out expression))
                return null;
            if (isJson && !JsonPath.TryParse(expression.Text, out _, out var problem))
                cursor.Fail(expression.Position, problem);
            else if (expression.Text.Length == 0)
                cursor.Fail(expression.Position, "empty logfmt expression");
            extractions.Add(new Extraction(label.Position, label.Text, expression.Text));
        }
        while (cursor.TryTake(TokenKind.Comma));
        return extractions;
    }

    private RegexpStage? ParseRegexp(SourcePosition position)
    {
        cursor.Take();
        if (!cursor.Expect(TokenKind.String, "a regular expression string", out var text))
            return null;
        if (RegexSyntax.TryAnalyze(text.Text, out var problem) is not { } regex)
            cursor.Fail(text.Position, problem ?? "");
        else if (regex.GroupNames.Count == 0)
            cursor.Fail(text.Position, "at least one named capture must be supplied");
        return new RegexpStage(position, text.Text);
    }

    private PatternStage? ParsePattern(SourcePosition position)
    {
        cursor.Take();
        if (!cursor.Expect(TokenKind.String, "a pattern string", out var text))
            return null;
        if (PatternTemplate.TryParseExtraction(text.Text, out var template, out var problem))
            return new PatternStage(position, template);
        cursor.Fail(text.Position, "invalid pattern: " + problem);
        return null;
    }

    private List<LabelChoice>? ParseChoices()
    {
        cursor.Take();
        var choices = new List<LabelChoice>();
        do
        {
            if (!cursor.TryCountNode() || !cursor.Expect(TokenKind.Identifier, "a label name", out var name))
                return null;
            LabelMatcherNode? matcher = null;
            if (LabelFilterParser.IsMatcherOperator(cursor.Current.Kind) && cursor.Following.Kind == TokenKind.String
                && (matcher = LabelFilterParser.ParseMatcherAfterName(cursor, name)) is null)
                return null;
            choices.Add(new LabelChoice(name.Position, name.Text, matcher));
        }
        while (cursor.TryTake(TokenKind.Comma));
        return choices;
    }

    private UnwrapStage? ParseUnwrap(SourcePosition position)
    {
        cursor.Take();
        if (!cursor.Expect(TokenKind.Identifier, "a label name or conversion", out var word))
            return null;
        if (!cursor.TryTake(TokenKind.OpenParen))
            return new UnwrapStage(position, word.Text, UnwrapConversion.None);
        UnwrapConversion? conversion = word.Text switch
        {
            "bytes" => UnwrapConversion.Bytes,
            "duration" => UnwrapConversion.Duration,
            "duration_seconds" => UnwrapConversion.DurationSeconds,
            _ => null,
        };
        if (conversion is null)
        {
            cursor.Fail(word.Position, $"unknown conversion \"{word.Text}\", expecting bytes, duration or duration_seconds");
            return null;
        }
        if (!cursor.Expect(TokenKind.Identifier, "a label name", out var label) || !cursor.Expect(TokenKind.CloseParen, ")"))
            return null;
        return new UnwrapStage(position, label.Text, conversion.Value);
    }
}
