using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Triptych.LogQL.Syntax;

/// <summary>A place in a query text; line and column count from 1, columns in code points.</summary>
public readonly record struct SourcePosition(int Line, int Column);

/// <summary>Why a query text is refused, and where.</summary>
public sealed record LogQLParseError(SourcePosition Position, string Message)
{
    /// <summary>The text that clients match on and show: <c>parse error at line L, col C: …</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"parse error at line {Position.Line}, col {Position.Column}: {Message}");
}

/// <summary>Either a syntax tree or the first error; never both, never neither.</summary>
public readonly struct ParseResult<T>
    where T : class
{
    private ParseResult(T? value, LogQLParseError? error)
    {
        Value = value;
        Error = error;
    }

    public T? Value { get; }

    public LogQLParseError? Error { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Value is not null;

    internal static ParseResult<T> Of(T value) => new(value, null);

    internal static ParseResult<T> Failed(LogQLParseError error) => new(null, error);
}
