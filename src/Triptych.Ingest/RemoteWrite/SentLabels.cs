using System.Text;
using Triptych.Model.Labels;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>Gathers labels as they were sent, to tell whoever sent them which series cannot be taken. One series, one thread.</summary>
internal sealed class SentLabels
{
    private const int MostShown = 8;
    private const int MostCharacters = 200;

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly StringBuilder _shown = new();
    private string? _twice;
    private int _count;

    /// <summary>Adds a label.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        // A label without a value is none.
        if (value.IsEmpty) return;
        var text = Encoding.UTF8.GetString(name);
        if (_twice is null && !_names.Add(text)) _twice = text;
        if (_count++ >= MostShown || _shown.Length > MostCharacters) return;
        if (_count > 1) _shown.Append(", ");
        _shown.Append(text).Append("=\"").Append(Encoding.UTF8.GetString(value[..Math.Min(value.Length, MostCharacters)])).Append('"');
    }

    /// <summary>What is wrong, in words that name the series.</summary>
    public string Describe(LabelSetError error)
    {
        var problem = error switch
        {
            LabelSetError.DuplicateName => $"the label \"{Cut(_twice ?? "")}\" twice",
            LabelSetError.EmptyName => "a label without a name",
            _ => $"more than {LabelSetWriter.MaxSizeBytes} bytes of labels",
        };
        return $"a series has {problem}: {{{Cut(_shown.ToString())}}}";
    }

    private static string Cut(string text) => text.Length > MostCharacters ? text[..MostCharacters] : text;
}
