using System.Globalization;
using System.Text;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Rows;
using Triptych.Primitives.Binary;

namespace Triptych.Logs.Fields;

/// <summary>
/// What the section of fields says of a row group (docs/formats/logs-block.md): which names the lines told exactly have, and which of them have
/// columns there. Immutable.
/// <code>
/// version:1 { isComplete:1 uvarint(n) { kind:1 decimals:1 least decimals:1 uvarint(length) name } } (json, then logfmt)
/// </code>
/// Kind 0: lines may have the name, but there is no column; 1: a column of texts; 2: one of numbers.
/// </summary>
internal sealed class FieldFacts
{
    private const byte Version = 1;
    private const int MostEntries = 4096;

    private static readonly FieldFormat[] s_formats = [FieldFormat.Json, FieldFormat.Logfmt];

    private readonly Dictionary<(FieldFormat, string), FieldSpec?> _names = [];
    private readonly HashSet<FieldFormat> _complete = [];

    /// <summary>The section of a row group.</summary>
    public static string SectionOf(int rowGroup) => string.Create(CultureInfo.InvariantCulture, $"triptych.fields.{rowGroup}");

    /// <summary>The columns that hold values of the row group.</summary>
    public IEnumerable<FieldSpec> Columns => _names.Values.OfType<FieldSpec>();

    /// <summary>Whether it is known of each exact line what it has under a name; then the column, or null where no such line has it.</summary>
    public bool TryFind(FieldFormat format, string name, out FieldSpec? column) =>
        _names.TryGetValue((format, name), out column) ? column is not null : _complete.Contains(format);

    /// <summary>Reads the section; null where it is of a version that this program does not know.</summary>
    /// <exception cref="CorruptFileException">The section is damaged.</exception>
    public static FieldFacts? Read(ReadOnlySpan<byte> section, string file)
    {
        if (section.Length > 0 && section[0] != Version) return null;
        var facts = new FieldFacts();
        var reader = new VarintReader(section);
        reader.ReadByte();
        foreach (var format in s_formats)
        {
            if (reader.ReadByte() == 1) facts._complete.Add(format);
            var count = reader.ReadCount(Math.Min(section.Length, MostEntries));
            for (var i = 0; i < count && !reader.Failed; i++)
            {
                var (kind, decimals, least) = (reader.ReadByte(), reader.ReadByte(), reader.ReadByte());
                var name = Encoding.UTF8.GetString(reader.ReadLengthPrefixed());
                if (kind > 2 || decimals > FieldNumber.MaxDigits || least > decimals) throw Damaged(file);
                facts._names[(format, name)] = kind == 0 ? null : new FieldSpec(format, name, kind == 1, decimals, least);
            }
        }

        return reader.Failed ? throw Damaged(file) : facts;
    }

    /// <summary>The facts about the same rows where only some of the columns came along.</summary>
    public FieldFacts With(FieldLayout layout)
    {
        var facts = new FieldFacts();
        facts._complete.UnionWith(_complete);
        foreach (var (name, column) in _names) facts._names[name] = column is not null && layout.Columns.Any(column.IsLike) ? column : null;
        return facts;
    }

    /// <summary>Says whether all names of a format are listed.</summary>
    public void SetComplete(FieldFormat format, bool isComplete)
    {
        if (isComplete) _complete.Add(format);
        else _complete.Remove(format);
    }

    /// <summary>Lists a name, with its column where there is one.</summary>
    public void Add(FieldFormat format, string name, FieldSpec? column) => _names[(format, name)] = column;

    /// <summary>Writes the section.</summary>
    public void Write(PooledBufferWriter output)
    {
        output.WriteByte(Version);
        foreach (var format in s_formats)
        {
            var names = _names.Where(n => n.Key.Item1 == format).OrderBy(n => n.Key.Item2, StringComparer.Ordinal).ToList();
            output.WriteByte(_complete.Contains(format) ? (byte)1 : (byte)0);
            output.WriteUnsigned((ulong)names.Count);
            foreach (var ((_, name), column) in names)
            {
                output.WriteByte(column is null ? (byte)0 : column.IsText ? (byte)1 : (byte)2);
                output.WriteByte(column?.Decimals ?? 0);
                output.WriteByte(column?.LeastDecimals ?? 0);
                output.WriteLengthPrefixed(Encoding.UTF8.GetBytes(name));
            }
        }
    }

    private static CorruptFileException Damaged(string file) => new(file, 0, "the section of fields is damaged");
}
