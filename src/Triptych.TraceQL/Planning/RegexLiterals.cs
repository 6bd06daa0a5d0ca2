using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Triptych.Columnar.Predicates;
using Triptych.Columnar.Rows;
using Triptych.Model.Attributes;
using Triptych.Model.Labels;

namespace Triptych.TraceQL.Planning;

/// <summary>Finds the plain text in patterns, so that scans can compare or prune instead of matching.</summary>
internal static class RegexLiterals
{
    private static readonly SearchValues<char> Special = SearchValues.Create("\\.+*?()[]{}^$");

    /// <summary>The condition that a column matches the whole pattern; <c>a|b</c> becomes comparisons.</summary>
    public static RowPredicate Match(ColumnRef column, string pattern)
    {
        if (!pattern.AsSpan().ContainsAny(Special) && !pattern.Split('|').Contains(""))
        {
            RowPredicate[] alternatives =
                [.. pattern.Split('|').Select(text => new RowPredicate.Compare(column, CompareOp.Equal, AttributeValue.String(text)))];
            return alternatives is [var only] ? only : new RowPredicate.Or(alternatives);
        }

        return new RowPredicate.Matches(column, Compile(pattern), Required(pattern));
    }

    /// <summary>The pattern, which the type checker has compiled before.</summary>
    public static Regex Compile(string pattern) =>
        RegexSyntax.TryCompileAnchored(pattern, out var error) ?? throw new InvalidOperationException(error);

    /// <summary>The plain text that a pattern begins with, where it has no alternatives and no options; else nothing.</summary>
    private static IReadOnlyList<ReadOnlyMemory<byte>> Required(string pattern)
    {
        if (pattern.Contains('|', StringComparison.Ordinal) || pattern.Contains("(?", StringComparison.Ordinal))
        {
            return [];
        }

        var start = pattern.StartsWith(".*", StringComparison.Ordinal) ? 2 : 0;
        var length = pattern.AsSpan(start).IndexOfAny(Special);
        length = length < 0 ? pattern.Length - start : length;

        // A quantifier may make the last character optional.
        if (start + length < pattern.Length && pattern[start + length] is '*' or '?' or '{')
        {
            length -= length > 1 && char.IsLowSurrogate(pattern[start + length - 1]) ? 2 : 1;
        }

        return length < 1 ? [] : [Encoding.UTF8.GetBytes(pattern.Substring(start, length))];
    }
}
