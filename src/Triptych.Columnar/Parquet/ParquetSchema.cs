using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Triptych.Columnar.Parquet;

/// <summary>A leaf of a schema: what the values of one column chunk are. Immutable.</summary>
public sealed class ParquetColumn
{
    internal ParquetColumn(int index, ParquetField field, ImmutableArray<string> path, int maxDefinitionLevel, int maxRepetitionLevel, int elementDefinitionLevel)
    {
        Index = index;
        Field = field;
        Path = path;
        Name = string.Join('.', path);
        MaxDefinitionLevel = maxDefinitionLevel;
        MaxRepetitionLevel = maxRepetitionLevel;
        ElementDefinitionLevel = elementDefinitionLevel;
    }

    /// <summary>Number of the column in the schema and in each row group.</summary>
    public int Index { get; }

    public ParquetField Field { get; }

    /// <summary>Names from the top-level field down to the leaf.</summary>
    public ImmutableArray<string> Path { get; }

    /// <summary>The path with dots.</summary>
    public string Name { get; }

    public ParquetType Type => Field.Type!.Value;

    /// <summary>Bytes of a FIXED_LEN_BYTE_ARRAY value; else 0.</summary>
    public int TypeLength => Field.TypeLength;

    public ParquetLogicalType LogicalType => Field.LogicalType;

    /// <summary>The definition level of a value that is there.</summary>
    public int MaxDefinitionLevel { get; }

    /// <summary>0 for a flat column, 1 within a list or map.</summary>
    public int MaxRepetitionLevel { get; }

    /// <summary>The definition level from which on an element of the list or map is there; 0 for a flat column.</summary>
    public int ElementDefinitionLevel { get; }

    /// <summary>Whether a slot (a row, or an element of a list) can be without a value.</summary>
    public bool IsNullable => MaxDefinitionLevel > ElementDefinitionLevel;

    public bool IsRepeated => MaxRepetitionLevel > 0;

    /// <summary>Whether the list or map itself can be null, which differs from empty.</summary>
    public bool IsListNullable => ElementDefinitionLevel > 1;

    /// <summary>Bytes of one value of a type of fixed width in PLAIN form; 0 for BYTE_ARRAY and BOOLEAN.</summary>
    internal int Width => Type switch
    {
        ParquetType.Int32 or ParquetType.Float => 4,
        ParquetType.Int64 or ParquetType.Double => 8,
        ParquetType.Int96 => 12,
        ParquetType.FixedLenByteArray => TypeLength,
        _ => 0,
    };

    public override string ToString() => Name;
}

/// <summary>The fields of a file and, flattened, its columns. Immutable.</summary>
public sealed class ParquetSchema
{
    internal const int MaxDepth = 16;
    private readonly Dictionary<string, ParquetColumn> _byName = new(StringComparer.Ordinal);

    public ParquetSchema(params ReadOnlySpan<ParquetField> fields)
        : this([.. fields], "schema")
    {
        if (Columns.Length == 0)
            throw new ArgumentException("A schema needs a column.", nameof(fields));
        if (Columns.FirstOrDefault(column => column.MaxRepetitionLevel > 1) is { } deep)
            throw new ArgumentException($"Column {deep.Name} lies within two lists; one level of repetition can be written.", nameof(fields));
    }

    internal ParquetSchema(ImmutableArray<ParquetField> fields, string rootName)
    {
        Fields = fields;
        RootName = rootName;
        var columns = ImmutableArray.CreateBuilder<ParquetColumn>();
        foreach (var field in fields)
            Flatten(field, [], 0, 0, 0, columns);
        Columns = columns.ToImmutable();
        foreach (var column in Columns)
        {
            if (!_byName.TryAdd(column.Name, column))
                throw new ArgumentException($"Two columns are called {column.Name}.", nameof(fields));
        }
    }

    public ImmutableArray<ParquetField> Fields { get; }

    /// <summary>The leaves, in the order of the column chunks.</summary>
    public ImmutableArray<ParquetColumn> Columns { get; }

    internal string RootName { get; }

    /// <summary>The column of that dotted path, such as <c>attributes.key_value.key</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public ParquetColumn Column(string name) =>
        TryFind(name, out var column) ? column : throw new KeyNotFoundException($"The schema has no column {name}.");

    public bool TryFind(string name, [NotNullWhen(true)] out ParquetColumn? column) => _byName.TryGetValue(name, out column);

    /// <summary>The leaf called <paramref name="leaf"/> of the list or map <paramref name="field"/>, whatever the levels between are called.</summary>
    public bool TryFind(string field, string leaf, [NotNullWhen(true)] out ParquetColumn? column)
    {
        column = Columns.FirstOrDefault(candidate => candidate.Path.Length > 1 && candidate.Path[0] == field && candidate.Path[^1] == leaf);
        return column is not null;
    }

    /// <summary>As <see cref="TryFind(string,string,out ParquetColumn?)"/>, for a schema known to have it.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public ParquetColumn Column(string field, string leaf) =>
        TryFind(field, leaf, out var column) ? column : throw new KeyNotFoundException($"The schema has no column {leaf} in {field}.");

    /// <summary>
    /// Whether the columns of a file with another schema can go to one with this as they are, but for some: names, types, meanings and nesting of
    /// all other fields are alike. Fields that only the other has do not matter.
    /// </summary>
    public bool CanTakeFrom(ParquetSchema other, IEnumerable<string> except)
    {
        var left = except.ToHashSet(StringComparer.Ordinal);
        return Fields.All(field => (field.Type is not null && left.Contains(field.Name))
            || other.Fields.FirstOrDefault(candidate => candidate.Name == field.Name) is { } match && AreAlike([field], [match]));
    }

    private static bool AreAlike(ImmutableArray<ParquetField> left, ImmutableArray<ParquetField> right)
    {
        if (left.Length != right.Length)
            return false;
        for (var i = 0; i < left.Length; i++)
        {
            var (a, b) = (left[i], right[i]);
            if (a.Name != b.Name || a.Repetition != b.Repetition || a.Type != b.Type || a.TypeLength != b.TypeLength
                || a.LogicalType != b.LogicalType || !AreAlike(a.Children, b.Children))
                return false;
        }

        return true;
    }

    private static void Flatten(
        ParquetField field, ImmutableArray<string> parents, int definition, int repetition, int element, ImmutableArray<ParquetColumn>.Builder columns)
    {
        var path = parents.Add(field.Name);
        if (path.Length > MaxDepth)
            throw new ArgumentException($"Field {string.Join('.', path)} is nested deeper than {MaxDepth}.", nameof(field));
        if (field.Repetition != ParquetRepetition.Required)
            definition++;
        if (field.Repetition == ParquetRepetition.Repeated)
        {
            repetition++;
            element = definition;
        }

        if (field.Type is not null)
            columns.Add(new ParquetColumn(columns.Count, field, path, definition, repetition, element));
        foreach (var child in field.Children)
            Flatten(child, path, definition, repetition, element, columns);
    }
}
