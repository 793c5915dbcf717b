// The KeyValueService in Go: server --listen=127.0.0.1:0
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"sort"
	"strings"
	"sync"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	kv "kv/v1"
)

type server struct {
	kv.UnimplementedKeyValueServiceServer
	mutex    sync.Mutex
	entries  map[string]*kv.Entry
	revision int64
}

func (s *server) Get(_ context.Context, request *kv.GetRequest) (*kv.GetResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	entry, there := s.entries[request.Key]
	if !there {
		return nil, status.Errorf(codes.NotFound, "no such key %q", request.Key)
	}
	return &kv.GetResponse{Entry: entry}, nil
}

func (s *server) Put(_ context.Context, request *kv.PutRequest) (*kv.PutResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	expected, isSet := request.Presence.(*kv.PutRequest_ExpectedRevision)
	if now := s.entries[request.Key].GetRevision(); isSet && expected.ExpectedRevision != now {
		return nil, status.Errorf(codes.FailedPrecondition, "is at revision %d", now)
	}
	s.revision++
	s.entries[request.Key] = &kv.Entry{Key: request.Key, Value: request.Value, Revision: s.revision}
	return &kv.PutResponse{Revision: s.revision}, nil
}

func (s *server) Delete(_ context.Context, request *kv.DeleteRequest) (*kv.DeleteResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, there := s.entries[request.Key]
	if there {
		delete(s.entries, request.Key)
		s.revision++
	}
	return &kv.DeleteResponse{Deleted: there, Revision: s.revision}, nil
}

func (s *server) List(request *kv.ListRequest, stream kv.KeyValueService_ListServer) error {
	s.mutex.Lock()
	var found []*kv.Entry
	for key, entry := range s.entries {
		if strings.HasPrefix(key, request.Prefix) {
			found = append(found, entry)
		}
	}
	s.mutex.Unlock()
	sort.Slice(found, func(i, j int) bool { return found[i].Key < found[j].Key })
	for _, entry := range found {
		if err := stream.Send(&kv.ListResponse{Entries: []*kv.Entry{entry}}); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) Import(stream kv.KeyValueService_ImportServer) error {
	var requests []*kv.ImportRequest // reads all before it stores the first
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		requests = append(requests, request)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, request := range requests {
		s.revision++
		s.entries[request.Key] = &kv.Entry{Key: request.Key, Value: request.Value, Revision: s.revision}
	}
	return stream.SendAndClose(&kv.ImportResponse{ImportedCount: int64(len(requests)), Revision: s.revision})
}

// Pipeline supports only Gets.
func (s *server) Pipeline(stream kv.KeyValueService_PipelineServer) error {
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		s.mutex.Lock()
		entry, there := s.entries[request.GetGetRequest().GetKey()]
		s.mutex.Unlock()
		answer := &kv.PipelineResponse{Id: request.Id, Code: int32(codes.NotFound), Message: "no such key"}
		if there {
			found := &kv.GetResponse{Entry: entry}
			answer = &kv.PipelineResponse{Id: request.Id, Result: &kv.PipelineResponse_GetResponse{GetResponse: found}}
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
}

func main() {
	listen := flag.String("listen", "127.0.0.1:50051", "HOST:PORT")
	flag.Parse()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	s := grpc.NewServer()
	kv.RegisterKeyValueServiceServer(s, &server{entries: map[string]*kv.Entry{}})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		s.Stop()
	}()
	fmt.Println("READY", listener.Addr())
	if err := s.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
