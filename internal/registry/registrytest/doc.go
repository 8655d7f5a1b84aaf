// Package registrytest provides a registry for tests on the loopback interface, which records requests, misbehaves on
// demand, and can be filled with images.
//
//	s := registrytest.Start(t)
//	image := registrytest.PushImage(t, s.Host+"/team/app:1", registrytest.ImageSpec{Layers: 3})
//	s.Faults().Add(registrytest.Fault{
//		Match: registrytest.On("PUT", `/manifests/`),
//		Do:    registrytest.Status(503),
//		Times: 2,
//	})
//	…
//	require.Equal(t, 3, s.Count("PUT", `/manifests/1$`))
package registrytest
