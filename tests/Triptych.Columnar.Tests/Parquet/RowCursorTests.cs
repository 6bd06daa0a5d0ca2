using Triptych.Columnar.Parquet;
using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Primitives.Memory;

namespace Triptych.Columnar.Tests.Parquet;

public sealed class RowCursorTests
{
    private static readonly ParquetType[] Types =
        [ParquetType.Boolean, ParquetType.Int32, ParquetType.Int64, ParquetType.Double, ParquetType.FixedLenByteArray, ParquetType.ByteArray];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ColumnForm.Values)]
    [InlineData(ColumnForm.Codes)]
    public async Task Runs_of_all_kinds_of_columns_are_the_rows_that_were_written_and_can_be_written_again(ColumnForm form)
    {
        var cases = Cases(rowCount: 1000);
        var bytes = Write(cases, groups: 3);
        var file = await RoundTripTests.Open(bytes);
        var rows = cases.Select(_ => new List<List<byte[]?>?>()).ToArray();
        var stream = new MemoryStream();
        using var writer = new ParquetWriter(stream, file.Schema, new ParquetWriterOptions { PageRows = 33 });
        var group = writer.BeginRowGroup();
        using (var cursor = file.ReadRows(file.Schema.Columns, form: form, readAheadBytes: 3000))
        {
            while (await cursor.MoveNextAsync(Cancel))
            {
                cursor.RowCount.ShouldBeInRange(1, 64);
                for (var i = 0; i < cases.Length; i++)
                {
                    var page = cursor.Page(i);
                    rows[i].AddRange(ColumnCase.RowsOf(page).GetRange(cursor.Offset(i), cursor.RowCount));
                    var half = cursor.RowCount / 2;
                    group.Column(i).Append(page, cursor.Offset(i), half);
                    group.Column(i).Append(page, cursor.Offset(i) + half, cursor.RowCount - half);
                }
            }
        }

        group.End();
        writer.Finish();
        var again = await RoundTripTests.Open(stream.ToArray());
        for (var i = 0; i < cases.Length; i++)
        {
            var expected = ColumnCase.Show(cases[i].Rows.Concat(cases[i].Rows).Concat(cases[i].Rows));
            ColumnCase.Show(rows[i]).ShouldBe(expected, file.Schema.Columns[i].Name);
            using var column = await again.RowGroups[0].ReadColumnAsync(again.Schema.Columns[i], cancellationToken: Cancel);
            ColumnCase.Show(ColumnCase.RowsOf(column)).ShouldBe(expected, file.Schema.Columns[i].Name);
        }
    }

    [Fact]
    public async Task A_cursor_over_some_row_groups_and_columns_gives_only_those()
    {
        var cases = Cases(rowCount: 100);
        var file = await RoundTripTests.Open(Write(cases, groups: 4));
        using var cursor = file.ReadRows([file.Schema.Columns[5], file.Schema.Columns[1]], 1..3);
        var groups = new HashSet<int>();
        var count = 0;
        while (await cursor.MoveNextAsync(Cancel))
        {
            groups.Add(cursor.RowGroup);
            cursor.Page(0).Column.Index.ShouldBe(5);
            count += cursor.RowCount;
        }

        (await cursor.MoveNextAsync(Cancel)).ShouldBeFalse();
        count.ShouldBe(200);
        groups.ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_cursor_takes_memory_of_a_page_of_each_column()
    {
        var column = ColumnCase.Create(ParquetType.Int64, nullable: false, list: false, nullableList: false, 400_000, 200_000, 1);
        var bytes = RoundTripTests.Write(column, new ParquetWriterOptions().WithColumn("v", new ColumnOptions { Encoding = ColumnEncoding.Plain }), out _);
        var budget = new MemoryBudget("cursor", 500_000);
        var file = await ParquetFile.OpenAsync(new MemoryInput(bytes, "file"), new ParquetReaderOptions { Budget = budget }, Cancel);
        var sum = 0L;
        using (var cursor = file.ReadRows(file.Schema.Columns, readAheadBytes: 50_000))
        {
            while (await cursor.MoveNextAsync(Cancel))
            {
                foreach (var value in cursor.Page(0).Int64s.Slice(cursor.Offset(0), cursor.RowCount))
                    sum = unchecked(sum + value);
            }
        }

        sum.ShouldBe(column.Rows.Aggregate(0L, (all, row) => unchecked(all + BitConverter.ToInt64(row![0]!))));
        budget.Used.ShouldBe(0);
    }

    private static ColumnCase[] Cases(int rowCount) =>
    [
        .. Types.Select((type, i) => Named(ColumnCase.Create(type, nullable: i % 2 == 0, list: false, nullableList: false, rowCount, 40, i), $"flat{i}")),
        .. Types.Select((type, i) => Named(ColumnCase.Create(type, nullable: i % 2 == 1, list: true, nullableList: i % 3 == 0, rowCount, 900, i), $"list{i}")),
    ];

    private static ColumnCase Named(ColumnCase column, string name)
    {
        var (field, leaf) = (column.Field, column.Field.Type is null ? column.Field.Children[0].Children[0].Children[0] : column.Field);
        var renamed = ParquetField.Leaf(name, leaf.Type!.Value, leaf.Repetition == ParquetRepetition.Optional, typeLength: leaf.TypeLength);
        return new ColumnCase
        {
            Rows = column.Rows,
            Field = field.Type is null ? ParquetField.ListOfStruct(name, field.Repetition == ParquetRepetition.Optional, renamed) : renamed,
        };
    }

    private static byte[] Write(ColumnCase[] cases, int groups)
    {
        var stream = new MemoryStream();
        var schema = new ParquetSchema([.. cases.Select(column => column.Field)]);
        var options = new ParquetWriterOptions { PageRows = 64, PageSizeBytes = 700, DictionarySizeBytes = 3000 };
        using var writer = new ParquetWriter(stream, schema, options);
        for (var i = 0; i < groups; i++)
        {
            var group = writer.BeginRowGroup();
            foreach (var column in schema.Columns)
                cases[column.Index].Write(group.Column(column.Index), 0, cases[column.Index].Rows.Count);
            group.End();
        }

        writer.Finish();
        return stream.ToArray();
    }
}
