namespace Triptych.Columnar.Rows;

/// <summary>
/// A column by name, with a key where the column stands for one attribute among many. The names are those of <see cref="LogColumns"/> and
/// <see cref="SpanColumns"/>; a source refuses others with an <see cref="ArgumentException"/>, for they come from our own planners.
/// </summary>
public readonly record struct ColumnRef(string Name, string? Key = null)
{
    /// <inheritdoc/>
    public override string ToString() => Key is null ? Name : $"{Name}[{Key}]";
}
