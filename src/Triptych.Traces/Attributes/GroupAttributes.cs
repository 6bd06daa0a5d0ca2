using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Model.Attributes;
using Triptych.Primitives.Binary;

namespace Triptych.Traces.Attributes;

/// <summary>
/// Which columns hold attributes of a row group's spans, in the order in which the column of kinds numbers them, and of which of these attributes the map
/// has no value there. Immutable.
/// </summary>
internal sealed class GroupAttributes(IReadOnlyList<AttributeSpec> columns, IReadOnlyList<bool> isWhole)
{
    /// <summary>All attributes stand in the map.</summary>
    public static readonly GroupAttributes None = new([], []);

    /// <summary>
    /// Section of the file, docs/formats/traces-block.md:
    /// <c>uvarint(columns) { uvarint(length) name kind:1 } uvarint(row groups) { uvarint(n) { uvarint(column) isWhole:1 } }</c>.
    /// </summary>
    public const string Section = "triptych.attribute_columns";

    /// <summary>The columns.</summary>
    public IReadOnlyList<AttributeSpec> Columns => columns;

    /// <summary>By column, whether no row has the attribute in the map.</summary>
    public IReadOnlyList<bool> IsWhole => isWhole;

    /// <summary>The number of the column of an attribute; -1 where there is none.</summary>
    public int Find(string name)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i].Name == name) return i;
        }

        return -1;
    }

    /// <summary>Whether all that spans have of an attribute stands in a column.</summary>
    public bool IsInColumn(string name) => Find(name) is >= 0 and var column && isWhole[column];

    /// <summary>Whether both number the same columns.</summary>
    public bool IsLike(GroupAttributes other) => columns.SequenceEqual(other.Columns);

    /// <summary>Of rows of both, which have the same columns.</summary>
    public GroupAttributes And(GroupAttributes other) => new(columns, [.. isWhole.Zip(other.IsWhole, static (a, b) => a && b)]);

    /// <summary>Whether a file with these columns has them all.</summary>
    public bool FitsIn(AttributeLayout layout) => columns.All(layout.Columns.Contains);

    /// <summary>Writes the section; nothing where no file needs it.</summary>
    public static void Write(ParquetWriter writer, AttributeLayout layout, IReadOnlyList<GroupAttributes> groups)
    {
        if (layout.IsEmpty) return;
        using var section = new PooledBufferWriter();
        section.WriteUnsigned((ulong)layout.Columns.Count);
        var numbers = new Dictionary<AttributeSpec, int>();
        foreach (var column in layout.Columns)
        {
            numbers[column] = numbers.Count;
            section.WriteLengthPrefixed(column.Key);
            section.WriteByte((byte)column.Kind);
        }

        section.WriteUnsigned((ulong)groups.Count);
        foreach (var group in groups)
        {
            section.WriteUnsigned((ulong)group.Columns.Count);
            for (var i = 0; i < group.Columns.Count; i++)
            {
                section.WriteUnsigned((ulong)numbers[group.Columns[i]]);
                section.WriteByte(group.IsWhole[i] ? (byte)1 : (byte)0);
            }
        }

        writer.AddSection(Section, section.WrittenSpan);
    }

    /// <summary>The columns of each row group of a file.</summary>
    /// <exception cref="CorruptFileException">The section is damaged, or names columns that the file does not have.</exception>
    public static async ValueTask<GroupAttributes[]> ReadAsync(ParquetFile file, string key, CancellationToken cancellationToken)
    {
        if (!file.Footer.Sections.ContainsKey(Section)) throw Damaged(key);
        using var section = await file.ReadSectionAsync(Section, cancellationToken);
        return Read(section.Span, file, key);
    }

    private static GroupAttributes[] Read(ReadOnlySpan<byte> section, ParquetFile file, string key)
    {
        var reader = new VarintReader(section);
        var columns = new AttributeSpec[reader.ReadCount(AttributeLayout.MostColumns)];
        for (var i = 0; i < columns.Length; i++)
        {
            var name = reader.ReadLengthPrefixed();
            var kind = (AttributeKind)reader.ReadByte();
            if (reader.Failed || !AttributeSpec.IsColumnKind(kind) || !AttributeSpec.IsColumnName(name)) throw Damaged(key);
            columns[i] = new AttributeSpec(Encoding.UTF8.GetString(name), kind);
            if (!columns[i].IsIn(file)) throw Damaged(key);
        }

        var groups = new GroupAttributes[reader.ReadCount(section.Length)];
        if (reader.Failed || groups.Length != file.RowGroups.Length) throw Damaged(key);
        for (var i = 0; i < groups.Length; i++)
        {
            var count = reader.ReadCount(columns.Length);
            var own = new AttributeSpec[count];
            var isWhole = new bool[count];
            for (var j = 0; j < count; j++)
            {
                var column = reader.ReadUnsigned();
                if (reader.Failed || column >= (ulong)columns.Length) throw Damaged(key);
                own[j] = columns[(int)column];
                isWhole[j] = reader.ReadByte() == 1;
            }

            groups[i] = new GroupAttributes(own, isWhole);
        }

        if (reader.Failed || !reader.AtEnd) throw Damaged(key);
        return groups;
    }

    private static CorruptFileException Damaged(string key) => new(key, 0, "the section of columns of attributes is missing or damaged");
}
