using System.Globalization;
using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Primitives.Binary;

namespace Triptych.Logs.Block;

/// <summary>Where a row group has the values of a name of the structured metadata.</summary>
internal enum MetadataPlace
{
    /// <summary>No row has the name.</summary>
    Nowhere,

    /// <summary>In the map, if any row has it.</summary>
    Map,

    /// <summary>In a column of its own, all of them.</summary>
    Column,
}

/// <summary>
/// What the section of metadata says of a row group (docs/formats/logs-block.md): which names its rows have, and which of them are in columns. Row groups
/// without the section have all in the map. Immutable once read.
/// <code>
/// version:1 isComplete:1 uvarint(n) { kind:1 uvarint(length) name }
/// </code>
/// Kind 0: in the map; 1: in a column.
/// </summary>
internal sealed class MetadataFacts
{
    private const byte Version = 1;
    private const int MostEntries = 4096;

    private readonly Dictionary<string, bool> _names = new(StringComparer.Ordinal);

    /// <summary>Whether names that are not listed are in no row.</summary>
    public bool IsComplete { get; set; }

    /// <summary>The names that are in columns, by their bytes.</summary>
    public IEnumerable<string> Columns => _names.Where(n => n.Value).Select(n => n.Key).Order(StringComparer.Ordinal);

    /// <summary>The names that are listed as in the map.</summary>
    public IEnumerable<string> OfMap => _names.Where(n => !n.Value).Select(n => n.Key);

    /// <summary>Whether no row has anything in the map.</summary>
    public bool IsMapEmpty => IsComplete && !_names.ContainsValue(false);

    /// <summary>The section of a row group.</summary>
    public static string SectionOf(int rowGroup) => string.Create(CultureInfo.InvariantCulture, $"triptych.metadata.{rowGroup}");

    /// <summary>Reads the section.</summary>
    /// <exception cref="CorruptFileException">The section is damaged, or of a later version.</exception>
    public static MetadataFacts Read(ReadOnlySpan<byte> section, string file)
    {
        var reader = new VarintReader(section);
        var version = reader.ReadByte();
        var facts = new MetadataFacts { IsComplete = reader.ReadByte() == 1 };
        var count = reader.ReadCount(Math.Min(section.Length, MostEntries));
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            var kind = reader.ReadByte();
            facts._names[Encoding.UTF8.GetString(reader.ReadLengthPrefixed())] = kind == 1;
            if (kind > 1) throw Damaged(file);
        }

        return reader.Failed || version != Version ? throw Damaged(file) : facts;
    }

    /// <summary>Where the values of a name are.</summary>
    public MetadataPlace PlaceOf(string name)
    {
        if (_names.TryGetValue(name, out var isColumn)) return isColumn ? MetadataPlace.Column : MetadataPlace.Map;
        return IsComplete ? MetadataPlace.Nowhere : MetadataPlace.Map;
    }

    /// <summary>Lists a name.</summary>
    public void Add(string name, bool isColumn) => _names[name] = isColumn;

    /// <summary>Writes the section.</summary>
    public void Write(PooledBufferWriter output)
    {
        output.WriteByte(Version);
        output.WriteByte(IsComplete ? (byte)1 : (byte)0);
        output.WriteUnsigned((ulong)_names.Count);
        foreach (var (name, isColumn) in _names.OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            output.WriteByte(isColumn ? (byte)1 : (byte)0);
            output.WriteLengthPrefixed(Encoding.UTF8.GetBytes(name));
        }
    }

    private static CorruptFileException Damaged(string file) => new(file, 0, "the section of metadata is damaged, or of a version that is not known");
}
