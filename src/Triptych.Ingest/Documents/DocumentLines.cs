namespace Triptych.Ingest.Documents;

/// <summary>The lines of a body.</summary>
internal static class DocumentLines
{
    /// <summary>Takes the next line off, without its end and the space around it.</summary>
    public static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> body)
    {
        var end = body.IndexOf((byte)'\n');
        var line = end < 0 ? body : body[..end];
        body = end < 0 ? default : body[(end + 1)..];
        return line.Trim(" \t\r"u8);
    }
}
