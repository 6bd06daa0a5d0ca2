namespace Triptych.Columnar.Parquet;

/// <summary>
/// A file does not hold what its format demands: cut off, altered, or written wrongly. Says which file and where. Whoever meets it sets
/// the file aside and goes on; reading the same bytes again gives the same.
/// </summary>
public class CorruptFileException : IOException
{
    public CorruptFileException(string fileName, long offset, string problem)
        : base($"{fileName}: at byte {offset}: {problem}")
    {
        FileName = fileName;
        Offset = offset;
        Problem = problem;
    }

    /// <summary>The name given by <see cref="IParquetInput.Name"/>.</summary>
    public string FileName { get; }

    /// <summary>Byte offset in the file of the structure that is wrong.</summary>
    public long Offset { get; }

    /// <summary>The message without file and offset.</summary>
    public string Problem { get; }
}

/// <summary>
/// A file uses something that this reader does not know (a codec, an encoding, deeper nesting), or passes a limit of
/// <see cref="Reading.ParquetReaderOptions"/>. A damaged byte can look like this, so it is a <see cref="CorruptFileException"/> too.
/// </summary>
/// <param name="fileName">As <see cref="CorruptFileException.FileName"/>.</param>
/// <param name="offset">As <see cref="CorruptFileException.Offset"/>.</param>
/// <param name="problem">As <see cref="CorruptFileException.Problem"/>.</param>
/// <param name="isTooMuch">See <see cref="IsTooMuch"/>.</param>
public sealed class UnsupportedFileException(string fileName, long offset, string problem, bool isTooMuch = false)
    : CorruptFileException(fileName, offset, problem)
{
    /// <summary>What was asked for passes what may be held at once. Fewer rows may be read: this says nothing against the file.</summary>
    public bool IsTooMuch => isTooMuch;
}

/// <summary>
/// Thrown by decoders that know neither file nor offset; the reader's shell turns it into <see cref="CorruptFileException"/>.
/// It never leaves this namespace.
/// </summary>
internal sealed class MalformedDataException(string problem, int position = 0, bool unsupported = false, bool isTooMuch = false) : Exception(problem)
{
    /// <summary>Offset within the span that was decoded.</summary>
    public int Position { get; } = position;

    public bool Unsupported { get; } = unsupported;

    public CorruptFileException In(string fileName, long baseOffset) => Unsupported
        ? new UnsupportedFileException(fileName, baseOffset + Position, Message, isTooMuch)
        : new CorruptFileException(fileName, baseOffset + Position, Message);
}
