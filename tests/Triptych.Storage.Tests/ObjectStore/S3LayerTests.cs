using System.Diagnostics.Metrics;
using Triptych.Storage.ObjectStore;
using Triptych.Storage.ObjectStore.S3;
using Triptych.Testing;

namespace Triptych.Storage.Tests.ObjectStore;

/// <summary>Retries, time limits, torn answers and uploads, over a bucket in memory that fails as it is told.</summary>
public class S3LayerTests
{
    private readonly MemoryBucket _bucket = new(TimeProvider.System);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<ObjectStoreFault> Passing =>
    [
        ObjectStoreFault.Throttled, ObjectStoreFault.Unavailable, ObjectStoreFault.NoConnection, ObjectStoreFault.TimedOut,
        ObjectStoreFault.TornRequest, ObjectStoreFault.TornAnswer,
    ];

    public static TheoryData<ObjectStoreFault> Lasting =>
    [
        ObjectStoreFault.UnknownAccessKey, ObjectStoreFault.WrongSecretKey, ObjectStoreFault.ClockSkew, ObjectStoreFault.UserSuspended, ObjectStoreFault.Denied,
        ObjectStoreFault.MissingBucket, ObjectStoreFault.WrongRegion, ObjectStoreFault.QuotaFull, ObjectStoreFault.Unexpected,
    ];

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_passes_is_tried_again(ObjectStoreFault fault)
    {
        using var store = TestS3.Open(_bucket);
        FailFirst(3, fault);
        await store.PutAsync("x", new byte[] { 1 }, Stop);
        _bucket.Calls.Count.ShouldBe(4);
    }

    [Theory]
    [MemberData(nameof(Lasting))]
    public async Task What_stays_is_not_tried_again(ObjectStoreFault fault)
    {
        using var store = TestS3.Open(_bucket);
        FailFirst(1, fault);
        (await Should.ThrowAsync<ObjectStoreException>(async () => await store.PutAsync("x", new byte[] { 1 }, Stop))).Fault.ShouldBe(fault);
        _bucket.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Tries_end_and_the_last_failure_comes_out()
    {
        using var store = TestS3.Open(_bucket);
        FailFirst(int.MaxValue, ObjectStoreFault.Throttled);
        (await Should.ThrowAsync<ObjectStoreException>(async () => await store.GetLengthAsync("x", Stop))).Fault.ShouldBe(ObjectStoreFault.Throttled);
        _bucket.Calls.Count.ShouldBe(1 + TestS3.Options.MaxRetries);
    }

    [Fact]
    public async Task A_request_without_an_answer_ends_in_time_and_is_tried_again()
    {
        var hung = 0;
        _bucket.Delay = (_, token) => Interlocked.Increment(ref hung) <= 2 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        using var store = TestS3.Open(_bucket, TestS3.Options with { Timeout = TimeSpan.FromMilliseconds(20) });
        await store.PutAsync("x", new byte[] { 1 }, Stop);
        hung.ShouldBeGreaterThan(2);

        _bucket.Delay = static (_, token) => Task.Delay(Timeout.Infinite, token);
        var failure = await Should.ThrowAsync<ObjectStoreException>(async () => await store.GetLengthAsync("x", Stop));
        failure.Fault.ShouldBe(ObjectStoreFault.TimedOut);
        failure.Message.ShouldContain("http://s3.test:9000");
        failure.Message.ShouldContain("storage.object_store.timeout");
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_not_a_timeout()
    {
        using var giveUp = new CancellationTokenSource();
        _bucket.Delay = (_, token) =>
        {
            giveUp.Cancel();
            return Task.Delay(Timeout.Infinite, token);
        };
        using var store = TestS3.Open(_bucket);
        await Should.ThrowAsync<OperationCanceledException>(async () => await store.GetLengthAsync("x", giveUp.Token));
        _bucket.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_torn_answer_goes_on_where_it_ended()
    {
        using var store = TestS3.Open(_bucket);
        var content = new byte[1000];
        new Random(1).NextBytes(content);
        await store.PutAsync("x", content, Stop);
        var tears = new Queue<int>([1, 0, 500, 498]);
        _bucket.Tear = _ => tears.TryDequeue(out var arrived) ? arrived : null;
        var buffer = new byte[1200];
        (await store.GetRangeAsync("x", 0, buffer, Stop)).ShouldBe(1000);
        buffer.AsSpan(0, 1000).SequenceEqual(content).ShouldBeTrue();
        _bucket.Calls.Count(static c => c.Operation == "get").ShouldBe(5);
    }

    [Fact]
    public async Task Answers_that_are_torn_for_ever_end_the_read()
    {
        using var store = TestS3.Open(_bucket);
        await store.PutAsync("x", new byte[1000], Stop);
        _bucket.Tear = static _ => 1;
        var failure = await Should.ThrowAsync<ObjectStoreException>(async () => await store.GetRangeAsync("x", 0, new byte[1000], Stop));
        failure.Fault.ShouldBe(ObjectStoreFault.TornAnswer);
        _bucket.Calls.Count.ShouldBeLessThan(50);
    }

    [Fact]
    public async Task Who_won_is_known_when_the_answer_got_lost()
    {
        using var store = TestS3.Open(_bucket);
        LoseFirstAnswer("put");
        (await store.PutIfAbsentAsync("x", new byte[] { 1 }, Stop)).ShouldBeTrue();
        LoseFirstAnswer("put");
        (await store.PutIfAbsentAsync("x", new byte[] { 1 }, Stop)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_upload_is_done_when_the_answer_to_its_completion_got_lost()
    {
        using var store = TestS3.Open(_bucket);
        LoseFirstAnswer("complete");
        (await store.PutAsync("x", static (stream, token) => stream.WriteAsync(new byte[3 << 20], token), Stop)).ShouldBe(3 << 20);
        (await store.GetLengthAsync("x", Stop)).ShouldBe(3 << 20);
    }

    [Fact]
    public async Task An_object_of_one_part_is_a_plain_put_and_one_byte_more_is_an_upload()
    {
        using var store = TestS3.Open(_bucket);
        var part = TestS3.Options.PartSizeBytes;
        await store.PutAsync("one", (stream, token) => stream.WriteAsync(new byte[part], token), Stop);
        _bucket.Calls.Select(static c => c.Operation).ShouldBe(["put"]);
        await store.PutAsync("two", (stream, token) => stream.WriteAsync(new byte[part + 1], token), Stop);
        _bucket.Calls.Skip(1).Select(static c => c.Operation).Order().ShouldBe(["begin", "complete", "part", "part"]);
    }

    [Fact]
    public async Task A_part_that_fails_for_good_fails_the_put_and_aborts_the_upload()
    {
        using var store = TestS3.Open(_bucket);
        _bucket.FaultBefore = static c => c.Operation == "part" ? new ObjectStoreException(ObjectStoreFault.QuotaFull, "full") : null;
        (await Should.ThrowAsync<ObjectStoreException>(async () => await store.PutAsync(
            "x",
            static (stream, token) =>
            {
                // More than all parts in memory: the writer must not wait for ever for one that failed.
                for (var i = 0; i < 20; i++)
                    stream.Write(new byte[1 << 20]);
                return stream.WriteAsync(new byte[1], token);
            },
            Stop))).Fault.ShouldBe(ObjectStoreFault.QuotaFull);
        _bucket.OpenUploads.ShouldBe(0);
        (await store.GetLengthAsync("x", Stop)).ShouldBeNull();

        _bucket.FaultBefore = null;
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => store.PutAsync(
            $"o{i}", static (stream, token) => stream.WriteAsync(new byte[5 << 20], token), Stop).AsTask()));
    }

    [Fact]
    public async Task No_more_parts_than_allowed_are_in_memory()
    {
        var (now, most) = (0, 0);
        _bucket.Delay = async (call, token) =>
        {
            if (call.Operation != "part")
                return;
            var running = Interlocked.Increment(ref now);
            InterlockedMax(ref most, running);
            await Task.Delay(2, token);
            Interlocked.Decrement(ref now);
        };
        using var store = TestS3.Open(_bucket, TestS3.Options with { MaxPartsInMemory = 2 });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () => await store.PutAsync(
            $"o{i}",
            static (stream, _) =>
            {
                stream.Write(new byte[8 << 20]);
                return ValueTask.CompletedTask;
            },
            Stop))));
        most.ShouldBeInRange(1, 2);
        for (var i = 0; i < 4; i++)
            (await store.GetLengthAsync($"o{i}", Stop)).ShouldBe(8 << 20);
    }

    [Fact]
    public async Task Uploads_that_a_crash_left_go_by_their_age()
    {
        var clock = new ManualClock();
        var bucket = new MemoryBucket(clock);
        using var store = TestS3.Open(bucket, time: clock);
        await bucket.BeginUploadAsync("left", "somebody", Stop);
        clock.Advance(TimeSpan.FromHours(23));
        await bucket.BeginUploadAsync("under-way", "somebody", Stop);
        (await store.RemoveAbandonedUploadsAsync(Stop)).ShouldBe(0);
        clock.Advance(TimeSpan.FromHours(1));
        (await store.RemoveAbandonedUploadsAsync(Stop)).ShouldBe(1);
        (await bucket.ListUploadsAsync(Stop)).Single().Upload.Key.ShouldBe("under-way");
    }

    [Fact]
    public async Task The_start_check_leaves_nothing_and_finds_a_store_that_forgets()
    {
        using var store = TestS3.Open(_bucket);
        await store.CheckAsync(Stop);
        (await _bucket.ListAsync("", null, Stop)).Entries.ShouldBeEmpty();
        _bucket.FaultBefore = static c => c.Operation == "put" ? new ObjectStoreException(ObjectStoreFault.Denied, "no") : null;
        (await Should.ThrowAsync<ObjectStoreException>(async () => await store.CheckAsync(Stop))).Fault.ShouldBe(ObjectStoreFault.Denied);
    }

    [Fact]
    public async Task Every_try_counts_by_operation_and_outcome()
    {
        using var listener = new MeterListener();
        var counted = new List<string>();
        listener.InstrumentPublished = static (instrument, l) =>
        {
            if (instrument.Name == "triptych.object_store.calls")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            lock (counted)
                counted.Add($"{tags[0].Value} {tags[1].Value} {value}");
        });
        listener.Start();
        using var store = TestS3.Open(_bucket);
        FailFirst(1, ObjectStoreFault.ClockSkew);
        await Should.ThrowAsync<ObjectStoreException>(async () => await store.DeleteAsync("x", Stop));
        await store.DeleteAsync("x", Stop);
        lock (counted)
        {
            // Other tests of this process count too; a wrong clock is only here.
            counted.ShouldContain("delete clock_skew 1");
            counted.ShouldContain("delete ok 1");
        }
    }

    [Fact]
    public void Options_show_no_secret() => TestS3.Options.ToString().ShouldBe("http://s3.test:9000 bucket triptych");

    private void FailFirst(int times, ObjectStoreFault fault)
    {
        var left = times;
        _bucket.FaultBefore = _ => left-- > 0 ? new ObjectStoreException(fault, "as the test says") : null;
    }

    private void LoseFirstAnswer(string operation)
    {
        var left = 1;
        _bucket.FaultAfter = c => c.Operation == operation && left-- > 0 ? new ObjectStoreException(ObjectStoreFault.NoConnection, "the answer got lost") : null;
    }

    private static void InterlockedMax(ref int target, int value)
    {
        var seen = Volatile.Read(ref target);
        while (value > seen)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
