using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;

namespace Triptych.Columnar.Tests.Parquet;

/// <summary>
/// Readers that are not ours read our files, and we read theirs. Needs node, which ./test promises; the readers are installed on first use, in the
/// versions of the lock file.
/// </summary>
public sealed class InteropTests
{
    private const int RowsInGroup = 500;
    private const int Groups = 2;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ParquetCodec.Uncompressed)]
    [InlineData(ParquetCodec.Zstd)]
    public async Task Duckdb_reads_all_column_kinds(ParquetCodec codec)
    {
        using var file = await ScratchFile.CreateAsync(WriteAllKinds(codec));
        var rows = (await RunNodeAsync("duckdb.mjs", "query", file.Path, DuckdbQuery)).Select(line => JsonNode.Parse(line)!).ToList();
        rows.Count.ShouldBe(RowsInGroup * Groups);
        for (var i = 0; i < rows.Count; i++)
            rows[i].ToJsonString().ShouldBe(ExpectedForDuckdb(i).ToJsonString(), $"row {i}");
    }

    [Fact]
    public async Task Duckdb_prunes_by_our_statistics_and_filters_and_gives_the_right_rows()
    {
        using var file = await ScratchFile.CreateAsync(WriteAllKinds(ParquetCodec.Zstd));
        var counts = await RunNodeAsync("duckdb.mjs", "query", file.Path,
            "SELECT count(*) AS n FROM read_parquet($file) WHERE id = 777 UNION ALL SELECT count(*) FROM read_parquet($file) WHERE id BETWEEN 100 AND 299 "
            + "UNION ALL SELECT count(*) FROM read_parquet($file) WHERE text = 'text 3' UNION ALL SELECT count(*) FROM read_parquet($file) WHERE text = 'absent' "
            + "UNION ALL SELECT count(*) FROM read_parquet($file) WHERE number > 200 UNION ALL SELECT count(*) FROM read_parquet($file) WHERE flag IS NULL");
        var expected = new[]
        {
            1,
            200,
            Enumerable.Range(0, 1000).Count(i => Text(i) == "text 3"),
            0,
            Enumerable.Range(0, 1000).Count(i => Number(i) > 200),
            Enumerable.Range(0, 1000).Count(i => Flag(i) is null),
        };
        counts.Select(line => (int)JsonNode.Parse(line)!["n"]!.AsInt()).ShouldBe(expected);
    }

    [Theory]
    [InlineData(ParquetCodec.Uncompressed)]
    [InlineData(ParquetCodec.Zstd)]
    public async Task Hyparquet_reads_all_column_kinds(ParquetCodec codec)
    {
        using var file = await ScratchFile.CreateAsync(WriteAllKinds(codec));
        var rows = (await RunNodeAsync("hyparquet.mjs", file.Path)).Select(line => JsonNode.Parse(line)!).ToList();
        rows.Count.ShouldBe(RowsInGroup * Groups);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            row["id"]!.ToString().ShouldBe(i.ToString(CultureInfo.InvariantCulture));
            row["text"]?.ToString().ShouldBe(Text(i));
            row["flag"]?.GetValue<bool>().ShouldBe(Flag(i)!.Value);
            (row["text"] is null).ShouldBe(Text(i) is null);
            (row["flag"] is null).ShouldBe(Flag(i) is null);
            row["number"]!.GetValue<double>().ShouldBe(Number(i));
            row["unique"]!.ToString().ShouldBe(Unique(i));
            row["trace"]!.ToString().ShouldBe(Convert.ToHexStringLower(Trace(i)));
            (row["attributes"]?.AsObject().Select(pair => (pair.Key, pair.Value?.ToString())).ToArray()).ShouldBe(Attributes(i));
            (row["events"]!.AsArray().Select(item => (item!["name"]!.ToString(), (long?)item["at"]?.AsInt())).ToArray()).ShouldBe(Events(i));
        }
    }

    [Theory]
    [InlineData("COMPRESSION zstd, PARQUET_VERSION v1")]
    [InlineData("COMPRESSION snappy, PARQUET_VERSION v1")]
    [InlineData("COMPRESSION uncompressed, PARQUET_VERSION v1")]
    [InlineData("COMPRESSION zstd, PARQUET_VERSION v2")]
    [InlineData("COMPRESSION snappy, PARQUET_VERSION v2")]
    [InlineData("COMPRESSION uncompressed, PARQUET_VERSION v2")]
    [InlineData("COMPRESSION zstd, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1")]
    public async Task We_read_what_duckdb_writes(string options)
    {
        using var file = await ScratchFile.CreateAsync([]);
        await RunNodeAsync("duckdb.mjs", "write", file.Path, $"""
            COPY (SELECT i AS id, i::INTEGER AS small, CASE WHEN i % 3 = 0 THEN NULL ELSE 'text ' || (i % 10) END AS text, 'u' || i AS uniq, i / 4 AS number,
                CASE WHEN i % 7 = 0 THEN NULL ELSE i % 2 = 0 END AS flag, make_timestamp_ns(i * 1000) AS at,
                CASE WHEN i % 5 = 0 THEN NULL WHEN i % 5 = 1 THEN [] ELSE [i, NULL, i + 1] END AS list,
                CASE WHEN i % 4 = 0 THEN NULL ELSE MAP(['k', 'i'], ['v', i::VARCHAR]) END AS attributes
                FROM range(5000) r(i)) TO $file (FORMAT parquet, ROW_GROUP_SIZE 2048, {options})
            """);
        using var input = new FileInput(file.Path);
        var parquet = await ParquetFile.OpenAsync(input, cancellationToken: Cancel);
        parquet.Footer.RowCount.ShouldBe(5000);
        parquet.RowGroups.Length.ShouldBe(3);
        parquet.Schema.Column("at").LogicalType.ShouldBe(ParquetLogicalType.Other);
        foreach (var group in parquet.RowGroups)
        {
            await CheckDuckdbGroup(parquet.Schema, group);

            // DuckDB writes filters for dictionaries only.
            var text = parquet.Schema.Column("text");
            var hasFilter = group.Info.Columns[text.Index].HasBloomFilter;
            hasFilter.ShouldBe(!options.Contains("DICTIONARY_SIZE_LIMIT", StringComparison.Ordinal));
            foreach (var (value, isThere) in new[] { ("text 1", true), ("text 7", true), ("absent", false) })
                (await group.MightContainAsync(text, Encoding.UTF8.GetBytes(value), Cancel)).ShouldBe(isThere || !hasFilter);
        }
    }

    [Fact]
    public async Task Both_readers_read_ids_behind_a_dictionary()
    {
        var column = RoundTripTests.IdsBehindADictionary(isOneLength: true);
        var stream = new MemoryStream();
        using (var writer = new ParquetWriter(stream, new ParquetSchema(column.Field), new ParquetWriterOptions()))
        {
            using var group = writer.BeginRowGroup();
            column.Write(group.Column(0), 0, column.Rows.Count);
            group.End();
            writer.Finish().Footer.RowGroups[0].Columns[0].Encodings.ShouldContain(ParquetEncoding.DeltaLengthByteArray);
        }

        using var file = await ScratchFile.CreateAsync(stream.ToArray());
        var expected = column.Rows.Select(row => row![0] is { } id ? Encoding.UTF8.GetString(id) : null).ToArray();
        (await RunNodeAsync("duckdb.mjs", "read", file.Path)).Select(line => (string?)JsonNode.Parse(line)!["v"]).ShouldBe(expected);
        (await RunNodeAsync("hyparquet.mjs", file.Path)).Select(line => (string?)JsonNode.Parse(line)!["v"]).ShouldBe(expected);
    }

    [Theory]
    [InlineData(DataPageVersion.V1, ParquetCodec.Uncompressed, Filling.Full)]
    [InlineData(DataPageVersion.V1, ParquetCodec.Snappy, Filling.Full)]
    [InlineData(DataPageVersion.V1, ParquetCodec.Zstd, Filling.Full)]
    [InlineData(DataPageVersion.V2, ParquetCodec.Uncompressed, Filling.Full)]
    [InlineData(DataPageVersion.V2, ParquetCodec.Snappy, Filling.Full)]
    [InlineData(DataPageVersion.V2, ParquetCodec.Zstd, Filling.Full)]
    [InlineData(DataPageVersion.V1, ParquetCodec.Zstd, Filling.Late)]
    [InlineData(DataPageVersion.V2, ParquetCodec.Zstd, Filling.Late)]
    [InlineData(DataPageVersion.V1, ParquetCodec.Zstd, Filling.None)]
    [InlineData(DataPageVersion.V2, ParquetCodec.Uncompressed, Filling.None)]
    public async Task Both_readers_read_every_type_encoding_nullability_and_nesting(DataPageVersion version, ParquetCodec codec, Filling filling)
    {
        using var file = await ScratchFile.CreateAsync(EncodedFiles.Write(codec, version, rows: 100, pageRows: 32, out var columns, filling));

        // DuckDB reads BYTE_STREAM_SPLIT of floating-point numbers only.
        var known = columns.Where((_, i) =>
            EncodedFiles.EncodingOf(i) is not (not (ParquetType.Float or ParquetType.Double), ColumnEncoding.ByteStreamSplit)).ToList();
        known.Count.ShouldBeGreaterThan(columns.Count * 8 / 10);
        foreach (var (reader, read, rows) in new[]
        {
            ("duckdb", known, await RunNodeAsync("duckdb.mjs", "cells", file.Path, string.Join(", ", known.Select(column => column.Name)))),
            ("hyparquet", columns, await RunNodeAsync("hyparquet.mjs", file.Path, "cells")),
        })
        {
            rows.Length.ShouldBe(100, reader);
            for (var i = 0; i < rows.Length; i++)
            {
                var row = JsonNode.Parse(rows[i])!;
                foreach (var (name, column) in read)
                    row[name]?.ToJsonString().ShouldBe(Cell(column, i)?.ToJsonString(), $"{reader}, column {name}, row {i}");
                foreach (var (name, column) in read.Where(column => row[column.Name] is null))
                    Cell(column, i).ShouldBeNull($"{reader}, column {name}, row {i}");
            }
        }
    }

    private static JsonNode? Cell(ColumnCase column, int row)
    {
        var leaf = column.Field;
        while (leaf.Type is null)
            leaf = leaf.Children[0];
        if (column.Rows[row] is not { } slots)
            return null;
        return column.Field.Type is null ? new JsonArray([.. slots.Select(slot => Value(leaf.Type.Value, slot))]) : Value(leaf.Type.Value, slots[0]);
    }

    /// <summary>As the scripts print it: numbers that JSON has not, and 64 bits, as text; bytes in hexadecimal digits.</summary>
    private static JsonNode? Value(ParquetType type, byte[]? value) => value is null ? null : type switch
    {
        ParquetType.Boolean => JsonValue.Create(value[0] != 0),
        ParquetType.Int32 => JsonValue.Create(BitConverter.ToInt32(value)),
        ParquetType.Int64 => JsonValue.Create(BitConverter.ToInt64(value).ToString(CultureInfo.InvariantCulture)),
        ParquetType.Float => Number(BitConverter.ToSingle(value)),
        ParquetType.Double => Number(BitConverter.ToDouble(value)),
        ParquetType.ByteArray => JsonValue.Create(Encoding.UTF8.GetString(value)),
        _ => JsonValue.Create(Convert.ToHexStringLower(value)),
    };

    private static async Task CheckDuckdbGroup(ParquetSchema schema, RowGroupReader group)
    {
        var first = (int)group.Info.FirstRow;
        var range = new RowRange(11, group.RowCount - 12);
        using var id = await group.ReadColumnAsync(schema.Column("id"), range, cancellationToken: Cancel);
        using var small = await group.ReadColumnAsync(schema.Column("small"), range, cancellationToken: Cancel);
        using var text = await group.ReadColumnAsync(schema.Column("text"), range, ColumnForm.Codes, Cancel);
        using var unique = await group.ReadColumnAsync(schema.Column("uniq"), range, cancellationToken: Cancel);
        using var number = await group.ReadColumnAsync(schema.Column("number"), range, cancellationToken: Cancel);
        using var flag = await group.ReadColumnAsync(schema.Column("flag"), range, cancellationToken: Cancel);
        using var at = await group.ReadColumnAsync(schema.Column("at"), range, cancellationToken: Cancel);
        using var list = await group.ReadColumnAsync(schema.Column("list", "element"), range, cancellationToken: Cancel);
        using var key = await group.ReadColumnAsync(schema.Column("attributes", "key"), range, cancellationToken: Cancel);
        using var value = await group.ReadColumnAsync(schema.Column("attributes", "value"), range, cancellationToken: Cancel);
        var lists = ColumnCase.RowsOf(list);
        var keys = ColumnCase.RowsOf(key);
        var values = ColumnCase.RowsOf(value);
        for (var row = 0; row < id.RowCount; row++)
        {
            var i = first + 11 + row;
            id.Int64s[row].ShouldBe(i);
            small.Int32s[row].ShouldBe(i);
            (text.IsNull(row) ? null : Encoding.UTF8.GetString(text.Bytes(row))).ShouldBe(i % 3 == 0 ? null : $"text {i % 10}");
            Encoding.UTF8.GetString(unique.Bytes(row)).ShouldBe($"u{i}");
            number.Doubles[row].ShouldBe(i / 4.0);
            (flag.IsNull(row) ? (bool?)null : flag.Bools[row]).ShouldBe(i % 7 == 0 ? null : i % 2 == 0);
            at.Int64s[row].ShouldBe(i * 1000L);
            lists[row]?.Select(slot => slot is null ? (long?)null : BitConverter.ToInt64(slot)).ShouldBe(i % 5 == 1 ? [] : new long?[] { i, null, i + 1 });
            (lists[row] is null).ShouldBe(i % 5 == 0);
            (keys[row] is null).ShouldBe(i % 4 == 0);
            keys[row]?.Select(slot => Encoding.UTF8.GetString(slot!)).ShouldBe(["k", "i"]);
            values[row]?.Select(slot => Encoding.UTF8.GetString(slot!)).ShouldBe(["v", i.ToString(CultureInfo.InvariantCulture)]);
        }
    }

    private static JsonNode Number(double value) =>
        JsonValue.Create(Convert.ToHexStringLower(BitConverter.GetBytes(
            double.IsNaN(value) ? BitConverter.Int64BitsToDouble(unchecked((long)0xFFF8_0000_0000_0000)) : value)));

    private const string DuckdbQuery =
        "SELECT id, small, flag, number, text, \"unique\", json::VARCHAR AS json, hex(trace) AS trace, hex(raw) AS raw, epoch_ns(nanos) AS nanos, epoch_ms(millis) AS millis, "
        + "port, map_keys(attributes) AS keys, map_values(attributes) AS vals, list_transform(events, x -> x.name) AS names, list_transform(events, x -> x.at) AS ats "
        + "FROM read_parquet($file) ORDER BY id";

    private static JsonObject ExpectedForDuckdb(int i) => new()
    {
        ["id"] = i.ToString(CultureInfo.InvariantCulture),
        ["small"] = -i,
        ["flag"] = Flag(i),
        ["number"] = Number(i),
        ["text"] = Text(i),
        ["unique"] = Unique(i),
        ["json"] = $"{{\"a\":{i}}}",
        ["trace"] = Convert.ToHexString(Trace(i)),
        ["raw"] = Convert.ToHexString(Raw(i)),
        // DuckDB cuts timestamps with a time zone to microseconds.
        ["nanos"] = (Nanos(i) / 1000 * 1000).ToString(CultureInfo.InvariantCulture),
        ["millis"] = (Nanos(i) / 1_000_000).ToString(CultureInfo.InvariantCulture),
        ["port"] = i % 256,
        ["keys"] = Attributes(i) is { } map ? new JsonArray([.. map.Select(pair => (JsonNode?)pair.Item1)]) : null,
        ["vals"] = Attributes(i) is { } same ? new JsonArray([.. same.Select(pair => (JsonNode?)pair.Item2)]) : null,
        ["names"] = new JsonArray([.. Events(i).Select(item => (JsonNode?)item.Item1)]),
        ["ats"] = new JsonArray([.. Events(i).Select(item => (JsonNode?)item.Item2?.ToString(CultureInfo.InvariantCulture))]),
    };

    private static bool? Flag(int i) => i % 3 == 0 ? null : i % 2 == 0;

    private static double Number(int i) => i / 4.0;

    private static string? Text(int i) => i % 11 == 0 ? null : $"text {i % 7}";

    private static string Unique(int i) => $"unique ä {i}";

    private static byte[] Trace(int i) => [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, (byte)(i >> 8), (byte)i];

    private static byte[] Raw(int i) => [.. Enumerable.Repeat((byte)i, i % 5)];

    private static long Nanos(int i) => 1_700_000_000_000_000_000 + (i * 1_000_001L);

    private static (string, string?)[]? Attributes(int i) => (i % 4) switch
    {
        0 => null,
        1 => [],
        _ => [("host", $"h{i % 5}"), ("empty", null), ("number", i.ToString(CultureInfo.InvariantCulture))],
    };

    private static (string, long?)[] Events(int i) => [.. Enumerable.Range(0, i % 3).Select(n => ($"event {n}", n == 1 ? null : (long?)(i + n)))];

    private static byte[] WriteAllKinds(ParquetCodec codec)
    {
        var schema = new ParquetSchema(
            ParquetField.Int64("id"), ParquetField.Int32("small"), ParquetField.Boolean("flag", nullable: true), ParquetField.Double("number"),
            ParquetField.String("text", nullable: true), ParquetField.String("unique"), ParquetField.Json("json"), ParquetField.Fixed("trace", 16),
            ParquetField.Binary("raw"), ParquetField.TimestampNanos("nanos"), ParquetField.TimestampMillis("millis"),
            ParquetField.Int32("port", logicalType: ParquetLogicalType.UInt8),
            ParquetField.MapOf("attributes", nullable: true, ParquetField.String("value", nullable: true)),
            ParquetField.ListOfStruct("events", nullable: false, ParquetField.String("name"), ParquetField.Int64("at", nullable: true)));
        var options = new ParquetWriterOptions { Codec = codec, PageRows = 64, SortingColumns = [new SortingColumn(0)] }
            .WithColumn("id", new ColumnOptions { Encoding = ColumnEncoding.Delta, BloomFilter = true })
            .WithColumn("small", new ColumnOptions { Encoding = ColumnEncoding.Delta })
            .WithColumn("nanos", new ColumnOptions { Encoding = ColumnEncoding.Plain })
            .WithColumn("text", new ColumnOptions { BloomFilter = true })
            .WithColumn("unique", new ColumnOptions { Encoding = ColumnEncoding.DeltaLength });
        var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, schema, options);
        writer.AddMetadata("note", "interop");
        for (var group = 0; group < Groups; group++)
        {
            writer.AddSection("section" + group, new byte[100]);
            using var rows = writer.BeginRowGroup();
            WriteGroup(rows, [.. Enumerable.Range(group * RowsInGroup, RowsInGroup)]);
            rows.End();
        }

        writer.Finish();
        return stream.ToArray();
    }

    private static void WriteGroup(RowGroupWriter group, int[] rows)
    {
        group.Column("id").WriteInt64(rows.Select(i => (long)i).ToArray());
        group.Column("small").WriteInt32(rows.Select(i => -i).ToArray());
        group.Column("flag").WriteBool(rows.Select(i => Flag(i) ?? false).ToArray(), ColumnShape.Nullable(rows.Select(i => Flag(i) is not null).ToArray()));
        group.Column("number").WriteDouble(rows.Select(Number).ToArray());
        WriteTexts(group.Column("text"), rows.Select(Text));
        WriteTexts(group.Column("unique"), rows.Select(Unique));
        WriteTexts(group.Column("json"), rows.Select(i => $"{{\"a\":{i}}}"));
        group.Column("trace").WriteFixed(rows.SelectMany(Trace).ToArray());
        var raw = rows.Select(Raw).ToArray();
        group.Column("raw").WriteBytes(Ends(raw.Select(bytes => bytes.Length)), raw.SelectMany(bytes => bytes).ToArray());
        group.Column("nanos").WriteInt64(rows.Select(Nanos).ToArray());
        group.Column("millis").WriteInt64(rows.Select(i => Nanos(i) / 1_000_000).ToArray());
        group.Column("port").WriteInt32(rows.Select(i => i % 256).ToArray());
        var listEnds = Ends(rows.Select(i => Attributes(i)?.Length ?? 0));
        var listValidity = rows.Select(i => Attributes(i) is not null).ToArray();
        WriteTexts(group.Column("attributes", "key"), rows.SelectMany(i => Attributes(i) ?? []).Select(pair => pair.Item1), listEnds, listValidity);
        WriteTexts(group.Column("attributes", "value"), rows.SelectMany(i => Attributes(i) ?? []).Select(pair => pair.Item2), listEnds, listValidity);
        var eventEnds = Ends(rows.Select(i => Events(i).Length));
        var events = rows.SelectMany(Events).ToArray();
        WriteTexts(group.Column("events", "name"), events.Select(item => item.Item1), eventEnds);
        group.Column("events", "at").WriteInt64(
            events.Select(item => item.Item2 ?? 0).ToArray(), ColumnShape.Lists(eventEnds, events.Select(item => item.Item2 is not null).ToArray()));
    }

    private static void WriteTexts(ColumnWriter column, IEnumerable<string?> texts, int[]? listEnds = null, bool[]? listValidity = null)
    {
        var all = texts.ToArray();
        var bytes = all.Select(text => Encoding.UTF8.GetBytes(text ?? "")).ToArray();
        bool[] validity = column.Column.IsNullable ? [.. all.Select(text => text is not null)] : [];
        column.WriteBytes(
            Ends(bytes.Select(value => value.Length)), bytes.SelectMany(value => value).ToArray(), ColumnShape.Lists(listEnds, validity, listValidity));
    }

    private static int[] Ends(IEnumerable<int> lengths)
    {
        var end = 0;
        return [.. lengths.Select(length => end += length)];
    }

    private static async Task<string[]> RunNodeAsync(string script, params string[] arguments)
    {
        var folder = ScriptFolder();
        await Triptych.Testing.DuckDb.InstallAsync(folder, Cancel);
        return await RunAsync("node", folder, [script, .. arguments]);
    }

    private static async Task<string[]> RunAsync(string program, string folder, string[] arguments)
    {
        using var process = new Process();
        process.StartInfo = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException($"\"{program}\" cannot be started ({error.Message}): the tests need Node.js 20 with npm, see https://nodejs.org", error);
        }

        var errors = process.StandardError.ReadToEndAsync(Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        process.ExitCode.ShouldBe(0, await errors);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string ScriptFolder([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "interop", "parquet"));

    private sealed class ScratchFile : IDisposable
    {
        public string Path { get; } = System.IO.Path.GetTempFileName();

        public static async Task<ScratchFile> CreateAsync(byte[] content)
        {
            var file = new ScratchFile();
            await File.WriteAllBytesAsync(file.Path, content, Cancel);
            return file;
        }

        public void Dispose() => File.Delete(Path);
    }
}

internal static class JsonNumbers
{
    /// <summary>An integer that a script gave as a number or, being 64 bits wide, as text.</summary>
    public static long AsInt(this JsonNode node) => long.Parse(node.ToString(), CultureInfo.InvariantCulture);
}
