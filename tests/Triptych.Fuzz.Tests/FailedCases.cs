namespace Triptych.Fuzz.Tests;

/// <summary>
/// Bodies that failed once, by kind (the name of the test method). Every run begins with them. The body stands here and not its seed,
/// because a seed means another body as soon as the valid ones change.
/// </summary>
public static class FailedCases
{
    private static readonly (string Kind, string ShownBy, string Base64)[] Table =
    [
        ("Span_records", "spans of a record without resources ran over the end of an array instead of being refused",
            "AQEKc2jDqfCfmIBvcBkMc2VydmljZS5uYW1lAQpzn5iAb3ABAWwAAAEAAQIDBAUGBwgJCgsMDQ4PAQIDBAUGBwgAAAAAAAAAAAAAgIDQ4sa/zpcv+gECAgAAAAABbgAAHwFhBRtbMSwiTmFOIiwiQVFJPSIseyJrIjp0cnVlfV0VAQAAAAAAAAAAAAAAAQAAAAAAAABlKA8ODQwLCgkIBwYFBAMCAQAIBwYFBAMCAQAAAAAAAAAAAAAAAAAAAAA="),
        ("Configuration_files", "the YAML library fails with an exception that is not of its own",
            "c2NyYXBlX2NvbmZpZ3M6Ci0gam9iX25hbWU6IGEKICBzY3JhcGVfaW50ZXJ2YWw6IDE1cwogIHN0YXRpY19jb25maWdzOgogIC0gdGEgLSB0YXJnZXRzOiBbJ2xvYzZNaUIKICBtZXRyZ2V0czogWydsb2M2TWlCCiAgbWV0cmljc19mbHVzaF9hZ2U6IDJoCnF1ZXJ5OiB7dGltZW+abGhvc3Q6OTA5MCcsICJiOjEiXQogICAgbGFiZWxzOiB7eDogeX0KdGFpbDoKLSBwYXRoOiAvdmFyLw=="),
        ("PromQL_queries", "Inf before a power is printed as +Inf, which reads as an operator before it (the same value)",
            "cXVhbnRpbGVfb3Zlcl90aW1lKDB4MUYsIHtfX25hbWVfXz1+ImEuKyJ9WzFkMmgzbTRzNW1zXSkgKiArSW5mICBeIDIgXiAzIG9yIHVubGVzc18gdW5sZXNzIHRvcGsoMywgYmFyKSAjIGNvbW1lbi0gTmFOICUgLjU="),
        ("Compressed_bodies", "a zstd frame of another length than its header says is taken or refused as its bytes arrive: libzstd's own way", "KLUv/SAQAQAA"),
        ("Grpc_framing", "which complaint libzstd makes of a broken frame depends on how its bytes arrive",
            "AgEAAAAoKLUv/WCYAvUAALhsZXZFbD1pbmZvIG1zZz0iaGVsbG8iIAEA////////////AWo1mw=="),
        ("Compressed_bodies", "a zlib stream that wants a preset dictionary was an internal error (500)", "eH0B6kktS82xzcxLy1fILU63VcpIzcnJV1IYFR4Nk9EEAdgA5gYA7GREmA=="),
        ("Grpc_framing", "the same within a gRPC message",
            "AwEAAAFHeH0BcrvQ1uQw/cniqef/u2XOKT6y8KyAiXC03+L8lqVe96v4Fsx5fFA850kfYE1+TIr7+K2DIz4s1pDwfjnxdeNjoT0fZx2ROhi3su1WdPhe+75nApb9k00MfKNsgr6Fbg68NrXz4qUJW+zY/26cdLZ2inf2zb3MDRs/+d/rXmLffvwUxzcTlmPn3uT+NbpkOOnRwuTzRz88l52x/qLqYqtPbm9KttsbrZg9o/JcbX32/ovr"),
        ("Compressed_bodies", "bytes behind the end that close with the same check were taken or refused as they arrived",
            "H4sIAAAAAAAEA8pJLUvNsc3MS8tXyC1Ot1XKSM3JyVdSGBUeDZPRBAHYAOYGAJfna9GYAwAA5gYAl+dr0ZgDAAA="),
        ("Compressed_bodies", "bytes behind the end that close with the same check were taken or refused as they arrived",
            "eAHKSS1LzbHNzEvLV8gtTrdVykjNyclXUhgVHg2T0QQB2ADmBgDsZESYeAFyu9DW5DD9yeKp5/+7Zc4pPrLwrICJcLTf4vyWpV73q/gWzHl8UDznSR9gTX5Mivv4rYMjPizWkPB+OfF142OhPR9nHZE6GLey7VZ0+F77vmcClv2TTQx8o2yCvoVuDrw2tfPipQlb7Nj/bpx0tnaKd/bNvcwNGz/53+teYt9+/BTHNxOWY+fe5P41umQ46dHC5PNHPzyXnbH+oupiq09ub0q22xutmD2j8lxtffb+i+vq43NsNK5UTXuwtsAt+b7S5EvNsc3MS8tXyC1Ot1XKSM3JyVdSGBUeDZPRBAHYAOYGAOxkRJg="),
        ("Files_of_data_sources", "the YAML library fails with an exception that is not of its own",
            "YXBpVmVyc2lvbjogMQpkYXRhc291cmNlczoKICAtIHtuYW1lOiBhLCB1aWQ6b246IDEKZGF0YXNvdXJjZXM6CiAgLSB7bmFtZTogYSwgdWlkOiBhLCB0eXAgYSwgdHlwZTogcHJvbWV0aGV1cywgdXJsOiAnaHR0cDovL3gveScsIGJhc2ljQXV0aDogdHJ1ZSwgYmFzaWNBdXRoVXNlcjogJFUsIHNlY3VyZUpzb25EYXRhOiB7YmFzaWNBdXRoUGFzc3dvcmQ6ICckX19maWxley9wfSd9fQogIC0gbmFtZTogYgogICAgdHlwZTogcG9zdGdyZXMKICAgIHVybDogIls6OjFdOjU0MzIiCiAkICB1c2VyOiB1JCQKICAgIGRhdGFiYXNlOiAke0R9CiAgICBqc29uRGF0YToge3NzbG1vZGU6IHJlcXVpcl9maWxley9wfSd9fQogIC0gbmFtZTogYgogICAgdHlwZSwgaHR0cEhlYWRlck5hbWUxOiBYLUF9"),
    ];

    /// <summary>The bodies of one kind.</summary>
    public static IEnumerable<byte[]> Of(string kind) => Table.Where(c => c.Kind == kind).Select(c => Convert.FromBase64String(c.Base64));
}
