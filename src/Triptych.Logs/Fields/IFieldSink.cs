namespace Triptych.Logs.Fields;

/// <summary>Receives the fields of a line, in the order in which they stand there.</summary>
internal interface IFieldSink
{
    /// <summary>Takes a field; false where the line cannot be told exactly any more.</summary>
    /// <param name="place">How many fields of the line came before.</param>
    /// <param name="key">The key, nested ones joined by underscores.</param>
    /// <param name="value">The text between the quotes, or as it stands.</param>
    /// <param name="isEscaped">Whether the text has escapes, and is not what the parser makes of it.</param>
    bool Take(int place, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isEscaped);
}
