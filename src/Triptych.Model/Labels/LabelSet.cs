using System.Text;

namespace Triptych.Model.Labels;

/// <summary>
/// The canonical bytes of a label set: for each label, ordered by the bytes of its name,
/// <code>uvarint(name length) name uvarint(value length) value</code>
/// in UTF-8, without empty values and without a name twice. Equal sets have equal bytes, so a series or stream is found by hashing them whole.
/// Batches, WAL records and heads all carry this form. The methods here are the cold ones; hot paths use <see cref="LabelSetReader"/>
/// and <see cref="LabelSetWriter"/>.
/// </summary>
public static class LabelSet
{
    /// <summary>Canonical bytes of the given labels (any order; a later duplicate of a name wins; empty values are left out).</summary>
    public static byte[] Encode(IEnumerable<KeyValuePair<string, string>> labels)
    {
        var unique = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in labels) unique[name] = value;
        var writer = new LabelSetWriter();
        foreach (var (name, value) in unique)
        {
            writer.Add(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
        }

        writer.TryFinish(out var canonical);
        return canonical.ToArray();
    }

    /// <summary>The labels as strings, in canonical order.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Decode(ReadOnlySpan<byte> canonical)
    {
        var labels = new List<KeyValuePair<string, string>>();
        var reader = new LabelSetReader(canonical);
        while (reader.TryRead(out var name, out var value))
        {
            labels.Add(new(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(value)));
        }

        return labels;
    }
}
