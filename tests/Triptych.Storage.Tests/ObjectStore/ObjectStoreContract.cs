using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Tests.ObjectStore;

/// <summary>
/// What every object store does, whatever it stands on. Run over files, over a bucket in memory, through the cache, and over a real gateway.
/// </summary>
public abstract class ObjectStoreContract
{
    private const string Key = "blocks/1/logs/2026-03-01/a.parquet";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Larger than one part of an upload and one slice of a read of the store under test.</summary>
    protected abstract int LargeBytes { get; }

    /// <summary>An empty store.</summary>
    protected abstract IObjectStore Store { get; }

    [Fact]
    public async Task What_was_put_is_there_and_a_second_put_replaces_it()
    {
        await Store.PutAsync(Key, new byte[] { 1, 2, 3 }, Stop);
        (await ReadAsync(Key)).ShouldBe([1, 2, 3]);
        await Store.PutAsync(Key, new byte[] { 4 }, Stop);
        (await ReadAsync(Key)).ShouldBe([4]);
        (await Store.PutAsync(Key, (stream, token) => stream.WriteAsync(new byte[] { 5, 6 }, token), Stop)).ShouldBe(2);
        (await ReadAsync(Key)).ShouldBe([5, 6]);
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        await Store.PutAsync(Key, ReadOnlyMemory<byte>.Empty, Stop);
        (await Store.PutAsync("streamed", static (_, _) => ValueTask.CompletedTask, Stop)).ShouldBe(0);
        foreach (var key in new[] { Key, "streamed" })
        {
            (await Store.GetLengthAsync(key, Stop)).ShouldBe(0);
            (await Store.GetRangeAsync(key, 0, new byte[5], Stop)).ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_streamed_object_has_its_bytes_whatever_the_sizes_of_the_writes()
    {
        var random = new Random(3);
        var content = RandomBytes(random, LargeBytes);
        var length = await Store.PutAsync(
            Key,
            async (stream, token) =>
            {
                for (var at = 0; at < content.Length;)
                {
                    var count = Math.Min(random.Next(1, 600_000), content.Length - at);
                    if (count % 2 == 0)
                        await stream.WriteAsync(content.AsMemory(at, count), token);
                    else
                        stream.Write(content.AsSpan(at, count));
                    at += count;
                }
            },
            Stop);
        length.ShouldBe(content.Length);
        (await Store.GetLengthAsync(Key, Stop)).ShouldBe(content.Length);
        var found = new byte[content.Length + 10];
        (await Store.GetRangeAsync(Key, 0, found, Stop)).ShouldBe(content.Length);
        found.AsSpan(0, content.Length).SequenceEqual(content).ShouldBeTrue();
    }

    [Fact]
    public async Task A_large_object_is_put_in_one_call()
    {
        var content = RandomBytes(new Random(4), LargeBytes);
        await Store.PutAsync(Key, content, Stop);
        (await ReadAsync(Key))!.AsSpan().SequenceEqual(content).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_writer_that_throws_leaves_nothing_new(bool isThere)
    {
        if (isThere)
            await Store.PutAsync(Key, new byte[] { 7 }, Stop);
        await Should.ThrowAsync<InvalidDataException>(async () => await Store.PutAsync(
            Key,
            async (stream, token) =>
            {
                await stream.WriteAsync(new byte[LargeBytes], token);
                throw new InvalidDataException("no");
            },
            Stop));
        (await ReadAsync(Key)).ShouldBe(isThere ? [7] : null);
    }

    [Fact]
    public async Task Ranges_end_with_the_object()
    {
        var content = RandomBytes(new Random(5), 1000);
        await Store.PutAsync("x", content, Stop);
        foreach (var (offset, length) in new[] { (0, 1), (0, 1000), (10, 100), (999, 1), (990, 100), (1000, 5), (5000, 5), (0, 5000) })
        {
            var buffer = new byte[length];
            var expected = Math.Clamp(1000 - offset, 0, length);
            (await Store.GetRangeAsync("x", offset, buffer, Stop)).ShouldBe(expected, $"{length} bytes at {offset}");
            buffer.AsSpan(0, expected).SequenceEqual(content.AsSpan(Math.Min(offset, 1000), expected)).ShouldBeTrue($"{length} bytes at {offset}");
        }
    }

    [Fact]
    public async Task Ranges_of_one_object_are_read_side_by_side()
    {
        var content = RandomBytes(new Random(6), 2_000_000);
        await Store.PutAsync(Key, content, Stop);
        await Parallel.ForAsync(0, 32, Stop, async (i, token) =>
        {
            var random = new Random(i);
            var (offset, length) = (random.Next(2_000_000), random.Next(1, 400_000));
            var buffer = new byte[length];
            var read = await Store.GetRangeAsync(Key, offset, buffer, token);
            read.ShouldBe(Math.Min(length, content.Length - offset));
            buffer.AsSpan(0, read).SequenceEqual(content.AsSpan(offset, read)).ShouldBeTrue();
        });
    }

    [Fact]
    public async Task A_missing_object_has_no_length_and_is_named_when_it_is_read()
    {
        (await Store.GetLengthAsync("y", Stop)).ShouldBeNull();
        (await Should.ThrowAsync<ObjectNotFoundException>(async () => await Store.GetRangeAsync("y", 0, new byte[3], Stop))).Key.ShouldBe("y");
    }

    [Fact]
    public async Task Put_if_absent_lets_the_first_win()
    {
        (await Store.PutIfAbsentAsync("x", new byte[] { 1 }, Stop)).ShouldBeTrue();
        (await Store.PutIfAbsentAsync("x", new byte[] { 1 }, Stop)).ShouldBeFalse();
        (await Store.PutIfAbsentAsync("x", new byte[] { 2 }, Stop)).ShouldBeFalse();
        (await ReadAsync("x")).ShouldBe([1]);
        await Store.DeleteAsync("x", Stop);
        (await Store.PutIfAbsentAsync("x", new byte[] { 3 }, Stop)).ShouldBeTrue();
        (await ReadAsync("x")).ShouldBe([3]);
    }

    [Fact]
    public async Task Of_racing_put_if_absent_one_wins_and_its_bytes_stay()
    {
        for (var round = 0; round < 5; round++)
        {
            var key = $"race-{round}";
            var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () => await Store.PutIfAbsentAsync(key, new[] { (byte)i }, Stop))));
            won.Count(static w => w).ShouldBe(1);
            (await ReadAsync(key)).ShouldBe([(byte)Array.IndexOf(won, true)]);
        }
    }

    [Fact]
    public async Task Listing_takes_a_prefix_that_ends_within_a_name_and_is_in_ordinal_order()
    {
        foreach (var key in new[] { "b/1", "a/12", "a/11", "a/2/3", "a/B", "a-/x", "a.x" })
            await Store.PutAsync(key, new byte[key.Length], Stop);
        (await KeysAsync("a/1")).ShouldBe(["a/11", "a/12"]);
        (await KeysAsync("nothing")).ShouldBeEmpty();
        (await KeysAsync("")).ShouldBe(["a-/x", "a.x", "a/11", "a/12", "a/2/3", "a/B", "b/1"]);
        await foreach (var entry in Store.ListAsync("", Stop))
            entry.SizeBytes.ShouldBe(entry.Key.Length);
    }

    [Fact]
    public async Task More_objects_than_one_answer_holds_are_listed_and_deleted()
    {
        var keys = Enumerable.Range(0, 1050).Select(static i => $"many/{i:0000}").ToList();
        var sideBySide = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Stop };
        await Parallel.ForEachAsync(keys, sideBySide, (key, token) => Store.PutAsync(key, new byte[1], token));
        await Store.PutAsync("other", new byte[1], Stop);
        (await KeysAsync("many/")).ShouldBe(keys);
        await Store.DeleteManyAsync([.. keys, "missing"], Stop);
        (await KeysAsync("")).ShouldBe(["other"]);
        await Store.DeleteManyAsync([], Stop);
    }

    [Fact]
    public async Task Deleting_twice_is_deleting_once()
    {
        await Store.PutAsync(Key, new byte[] { 1 }, Stop);
        (await ReadAsync(Key)).ShouldBe([1]);
        await Store.DeleteAsync(Key, Stop);
        await Store.DeleteAsync(Key, Stop);
        (await Store.GetLengthAsync(Key, Stop)).ShouldBeNull();
        await Should.ThrowAsync<ObjectNotFoundException>(async () => await Store.GetRangeAsync(Key, 0, new byte[1], Stop));
    }

    [Fact]
    public async Task A_key_that_could_leave_its_root_is_refused_by_every_call()
    {
        const string Bad = "../x";
        await Should.ThrowAsync<ArgumentException>(async () => await Store.PutAsync(Bad, new byte[1], Stop));
        await Should.ThrowAsync<ArgumentException>(async () => await Store.PutIfAbsentAsync(Bad, new byte[1], Stop));
        await Should.ThrowAsync<ArgumentException>(async () => await Store.PutAsync(Bad, static (_, _) => ValueTask.CompletedTask, Stop));
        await Should.ThrowAsync<ArgumentException>(async () => await Store.GetRangeAsync(Bad, 0, new byte[1], Stop));
        await Should.ThrowAsync<ArgumentException>(async () => await Store.GetLengthAsync(Bad, Stop));
        await Should.ThrowAsync<ArgumentException>(async () => await Store.DeleteAsync(Bad, Stop));
        await Should.ThrowAsync<ArgumentException>(async () => await Store.DeleteManyAsync([Bad], Stop));
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        await Store.PutAsync(Key, new byte[] { 1 }, Stop);
        var cancelled = new CancellationToken(canceled: true);
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.DeleteAsync(Key, cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.GetRangeAsync(Key, 0, new byte[1], cancelled));
        await Should.ThrowAsync<OperationCanceledException>(async () => await Store.PutAsync(Key, new byte[1], cancelled));
        (await ReadAsync(Key)).ShouldBe([1]);
    }

    protected async Task<byte[]?> ReadAsync(string key)
    {
        if (await Store.GetLengthAsync(key, Stop) is not { } length)
            return null;
        var bytes = new byte[length];
        (await Store.GetRangeAsync(key, 0, bytes, Stop)).ShouldBe((int)length);
        return bytes;
    }

    protected async Task<List<string>> KeysAsync(string prefix)
    {
        var keys = new List<string>();
        await foreach (var entry in Store.ListAsync(prefix, Stop))
            keys.Add(entry.Key);
        return keys;
    }

    protected static byte[] RandomBytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
