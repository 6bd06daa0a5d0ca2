using Triptych.Columnar.Parquet.Reading;

namespace Triptych.Logs.Block;

/// <summary>A column of one name of the structured metadata.</summary>
/// <param name="Name">The name, printable ASCII.</param>
/// <param name="HasFilter">Whether its chunks have a bloom filter: a question for one value finds most row groups without it.</param>
/// <param name="IsDistinct">Whether most of its values differ, so that no dictionary is tried.</param>
internal sealed record MetadataSpec(string Name, bool HasFilter, bool IsDistinct)
{
    /// <summary>What the names of all such columns begin with.</summary>
    public const string Prefix = "metadata_";

    /// <summary>The column's name.</summary>
    public string Column { get; } = ColumnOf(Name);

    /// <summary>The column of a name.</summary>
    public static string ColumnOf(string name) => Prefix + name;
}

/// <summary>Which names of the structured metadata have columns of their own in a file, in the order of their bytes. Immutable.</summary>
internal sealed class MetadataLayout
{
    /// <summary>No columns: all metadata is in the map.</summary>
    public static readonly MetadataLayout None = new([]);

    /// <summary>The most columns of a file.</summary>
    public const int MostColumns = 32;

    private const int MostNameBytes = 64;

    private readonly HashSet<string> _names;

    /// <summary>Takes columns in any order.</summary>
    public MetadataLayout(IEnumerable<MetadataSpec> columns)
    {
        Columns = [.. columns.OrderBy(c => c.Name, StringComparer.Ordinal)];
        _names = new HashSet<string>(Columns.Select(c => c.Name), StringComparer.Ordinal);
    }

    /// <summary>The columns.</summary>
    public IReadOnlyList<MetadataSpec> Columns { get; }

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => Columns.Count == 0;

    /// <summary>Whether a name has a column.</summary>
    public bool Has(string name) => _names.Contains(name);

    /// <summary>Whether a name may have a column. Others stay in the map, for names of columns are texts that people and programs read.</summary>
    public static bool MayBeColumn(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= MostNameBytes && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~');

    /// <summary>How a column of a row group was written.</summary>
    public static MetadataSpec SpecOf(ParquetFile file, int rowGroup, string name)
    {
        var chunk = file.RowGroups[rowGroup].Info.Columns[file.Schema.Column(MetadataSpec.ColumnOf(name)).Index];
        return new MetadataSpec(name, chunk.HasBloomFilter, chunk.DictionaryPageOffset == 0);
    }
}
