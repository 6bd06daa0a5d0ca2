namespace Triptych.LogQL.Syntax;

/// <summary>The targets of a label_format stage.</summary>
internal sealed class LabelFormatParser(TokenCursor cursor)
{
    public LabelFormatStage? Parse(SourcePosition position)
    {
        cursor.Take();
        var formats = new List<LabelFormat>();
        var targets = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            if (!cursor.TryCountNode() || ParseOne() is not { } format)
                return null;
            if (!targets.Add(format.Target))
                cursor.Fail(format.Position, $"multiple label name \"{format.Target}\" not allowed in a single format operation");
            formats.Add(format);
        }
        while (cursor.TryTake(TokenKind.Comma));
        return new LabelFormatStage(position, formats);
    }

    private LabelFormat? ParseOne()
    {
        if (!cursor.Expect(TokenKind.Identifier, "a label name", out var target) || !cursor.Expect(TokenKind.Assign, "="))
            return null;
        if (target.Text == "__error__")
            cursor.Fail(target.Position, "__error__ cannot be formatted");
        if (cursor.Is(TokenKind.Identifier))
            return new LabelFormat(target.Position, target.Text, cursor.Take().Text, null);
        return cursor.Expect(TokenKind.String, "a label name or template string", out var template)
            ? new LabelFormat(target.Position, target.Text, null, template.Text)
            : null;
    }
}
