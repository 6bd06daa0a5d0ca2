namespace Triptych.Columnar.Rows;

/// <summary>What fields are read out of lines by.</summary>
public enum FieldFormat
{
    /// <summary>No format that is known.</summary>
    None,

    /// <summary>LogQL's <c>json</c>: nested keys joined by underscores, arrays left out.</summary>
    Json,

    /// <summary>LogQL's <c>logfmt</c>.</summary>
    Logfmt,
}

/// <summary>
/// Asks a log scan for fields of lines that the store may know without reading the lines (docs/adr/0012). The store tells of each row
/// (<see cref="LogColumns.HasFields"/>) whether it knows what the format's parser makes of the line: then the parser has no error there, and for each
/// of the labels <see cref="LogColumns.Field"/> is exactly what it would give, or nothing where it would give none. Labels that the row's stream
/// has are left out of this: a parser calls such findings otherwise. Of other rows the line itself is to be parsed.
/// </summary>
/// <param name="Format">Whose fields.</param>
/// <param name="Labels">By the names of the labels that the parser makes; at most <see cref="MaxLabels"/>.</param>
/// <param name="Conditions">
/// Conditions on labels, all of which come among <paramref name="Labels"/>, in the order in which the query asks: rows of which one certainly does not
/// hold may be left out. After one that cannot be decided of a row the others are not looked at.
/// </param>
/// <param name="KeepsLines">Whether <see cref="LogColumns.Line"/> is wanted of rows with fields too; else it may be empty there.</param>
public sealed record FieldRequest(FieldFormat Format, IReadOnlyList<string> Labels, IReadOnlyList<FieldCondition> Conditions, bool KeepsLines)
{
    /// <summary>The most labels.</summary>
    public const int MaxLabels = 64;
}

/// <summary>Whether a condition holds.</summary>
public enum FieldVerdict
{
    /// <summary>It does.</summary>
    Holds,

    /// <summary>It does not, and the row goes.</summary>
    Fails,

    /// <summary>That hangs on more than the field.</summary>
    Undecided,
}

/// <summary>A condition on a field. Immutable: several threads ask at once.</summary>
/// <param name="label">The label.</param>
public abstract class FieldCondition(string label)
{
    /// <summary>The label that the field becomes.</summary>
    public string Label => label;

    /// <summary>Where the row has no such label at all.</summary>
    public abstract FieldVerdict OfNothing { get; }

    /// <summary>Of a number.</summary>
    public abstract FieldVerdict OfNumber(in LineField number);

    /// <summary>Of a text, UTF-8.</summary>
    public abstract FieldVerdict OfText(ReadOnlySpan<byte> text);
}
