using System.Text;

namespace Triptych.Ingest.Documents;

/// <summary>Which fields of a JSON document say what. Fields are named by their path with points, <c>host.name</c>, however the document nests them.</summary>
public sealed class DocumentOptions
{
    private readonly byte[][] _time;
    private readonly byte[][] _message;
    private readonly byte[][] _labels;

    /// <summary>Makes options.</summary>
    /// <param name="timeFields">Fields that hold the time; the first of them that a document has counts.</param>
    /// <param name="messageFields">Fields that hold the line; the first of them that a document has counts. Without any the line is the whole document.</param>
    /// <param name="labelFields">Fields that are labels of the stream, under their names with underscores.</param>
    /// <param name="fixedLabels">Labels of every stream.</param>
    /// <param name="numbersAreMillis">Whether times that are numbers are always milliseconds; otherwise their size tells the unit.</param>
    public DocumentOptions(
        IEnumerable<string> timeFields, IEnumerable<string> messageFields, IEnumerable<string> labelFields,
        IEnumerable<KeyValuePair<string, string>> fixedLabels, bool numbersAreMillis)
    {
        _time = [.. timeFields.Select(Encoding.UTF8.GetBytes)];
        _message = [.. messageFields.Select(Encoding.UTF8.GetBytes)];
        _labels = [.. labelFields.Select(Encoding.UTF8.GetBytes)];
        FixedLabels = [.. fixedLabels.Select(static l => (Encoding.UTF8.GetBytes(l.Key), Encoding.UTF8.GetBytes(l.Value)))];
        NumbersAreMillis = numbersAreMillis;
    }

    /// <summary>Names of the time of newline JSON where a request says nothing.</summary>
    public static readonly IReadOnlyList<string> UsualTimeFields = ["@timestamp", "timestamp", "time", "ts", "_time"];

    /// <summary>Names of the line where nothing else is said.</summary>
    public static readonly IReadOnlyList<string> UsualMessageFields = ["message", "msg", "log", "_msg"];

    internal IReadOnlyList<(byte[] Name, byte[] Value)> FixedLabels { get; }

    internal bool NumbersAreMillis { get; }

    internal bool IsTime(ReadOnlySpan<byte> path) => IsAny(_time, path);

    internal bool IsMessage(ReadOnlySpan<byte> path) => IsAny(_message, path);

    internal bool IsLabel(ReadOnlySpan<byte> path) => IsAny(_labels, path);

    private static bool IsAny(byte[][] names, ReadOnlySpan<byte> path)
    {
        foreach (var name in names)
        {
            if (path.SequenceEqual(name)) return true;
        }

        return false;
    }
}
