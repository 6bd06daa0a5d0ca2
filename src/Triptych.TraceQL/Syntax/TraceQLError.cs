namespace Triptych.TraceQL.Syntax;

/// <summary>Why a query was refused: it is not TraceQL, its types do not fit, or this engine does not evaluate it.</summary>
public enum TraceQLErrorKind
{
    Syntax,
    Invalid,
    Unsupported,
}

/// <summary>A refusal with the place it is about. The text is what a user sees.</summary>
public sealed record TraceQLError(TraceQLErrorKind Kind, string Message, SourcePosition Position)
{
    public override string ToString() => Kind switch
    {
        TraceQLErrorKind.Syntax => $"parse error at {Position}: {Message}",
        TraceQLErrorKind.Invalid => $"invalid TraceQL query at {Position}: {Message}",
        _ => $"not supported at {Position}: {Message}",
    };
}
